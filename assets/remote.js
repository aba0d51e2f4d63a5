// The tablet in the hall: a button puts its scene on all walls; which one is on is told by the server, not guessed.
(function () {
  "use strict";
  const { bihuan } = window;

  const TROUBLE = 6000; // how long it is told that something did not work

  class Remote {
    constructor(root) {
      this.root = root;
      this.words = new bihuan.Words(JSON.parse(root.dataset.words));
      this.t = this.words.t.bind(this.words);
      this.buttons = [...root.querySelectorAll(".remote-button")];
      this.stage = null;
      this.troubleUntil = 0;
      this.live = new bihuan.Live(root.dataset.live, this);
      this.buttons.forEach((button) => button.addEventListener("click", () => this.choose(button)));
      this.say(this.t("Connecting to the server"));
      this.live.start();
    }

    told(message) {
      if (message.type === "frame" && "stage" in message.body) this.stage = message.body.stage;
      this.show();
    }

    changed() {
      this.show();
    }

    refused() {
      this.buttons.forEach((button) => (button.disabled = true));
      this.say(this.t("This display is no longer admitted · ask for a new link"));
    }

    show() {
      const now = this.live.now();
      const held = this.stage && this.stage.until > now ? this.stage : null;
      for (const button of this.buttons) {
        button.setAttribute("aria-pressed", String(button.dataset.scene === (held ? held.scene : "")));
        button.disabled = this.live.lost;
      }
      if (performance.now() < this.troubleUntil) return;
      if (this.live.lost) this.say(this.t("Contact with the server lost"));
      else this.say(held ? this.t("on all walls until {time}", { time: this.words.minute(held.until) }) : this.t("the walls follow their plan"));
    }

    async choose(button) {
      const scene = button.dataset.scene || null;
      const answer = await fetch(this.root.dataset.stage, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ scene }),
      }).catch(() => null);
      this.troubleUntil = answer && answer.ok ? 0 : performance.now() + TROUBLE;
      if (this.troubleUntil) this.say(this.t("That did not work; please try again"));
    }

    say(words) {
      bihuan.text(bihuan.byId("remote-state"), words);
    }
  }

  function begin() {
    const root = bihuan.byId("remote");
    if (!root) return false;
    new Remote(root);
    return true;
  }

  const watching = new MutationObserver(() => {
    if (begin() || bihuan.byId("wall")) watching.disconnect();
  });
  watching.observe(document.documentElement, { childList: true, subtree: true });
})();
