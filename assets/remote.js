// The tablet in the hall: puts a scene on all walls, or gives them back. Which one is on is told by the server, or reckoned
// from the plan as every wall does.
(function () {
  "use strict";
  const { bihuan } = window;
  const { byId: $, text } = bihuan;

  const TROUBLE = 6000; // how long it is told that something did not work
  const ON_ITS_WAY = 3000; // how long a press is believed before a frame tells of it

  class Remote {
    constructor(root) {
      this.root = root;
      this.words = new bihuan.Words(JSON.parse(root.dataset.words));
      this.t = this.words.t.bind(this.words);
      this.plan = JSON.parse(root.dataset.plan);
      this.heldFor = Number(root.dataset.heldFor);
      this.buttons = [...root.querySelectorAll(".remote-button")];
      this.scenes = this.buttons.filter((button) => button.dataset.scene);
      this.stage = null;
      this.asked = null; // what was pressed last, until a frame tells of it
      this.wanted = null; // the same, until it has been sent
      this.sending = false;
      this.troubleUntil = 0;
      this.live = new bihuan.Live(root.dataset.live, this);
      this.scenes.forEach((button) => button.addEventListener("click", () => this.choose(button.dataset.scene)));
      $("remote-previous").addEventListener("click", () => this.step(-1));
      $("remote-next").addEventListener("click", () => this.step(+1));
      $("remote-hold").addEventListener("click", () => this.choose(this.on().held ? null : this.on().scene));
      this.disable(true);
      this.say(this.t("Connecting to the server"));
      this.live.start();
    }

    told(message) {
      if (message.type === "frame" && "stage" in message.body) {
        this.stage = message.body.stage;
        const told = this.stage ? this.stage.scene : null;
        if (this.asked && this.asked.scene === told) this.asked = null; // else it tells of an earlier press
      }
      this.show();
    }

    changed() {
      this.show();
    }

    refused() {
      this.over = true;
      this.disable(true);
      text($("remote-now"), "—");
      this.say(this.t("This display is no longer admitted · ask for a new link"));
    }

    // The scene on the walls, whether somebody holds it there, and for how many milliseconds of how many it still stays.
    on() {
      const now = this.live.now();
      const planned = bihuan.planned(this.plan, now);
      const held = this.stage && this.stage.until > now ? this.stage : null;
      if (this.asked && performance.now() - this.asked.at < ON_ITS_WAY) {
        const { scene } = this.asked;
        return { scene: scene || planned.scene, held: scene !== null, asked: true, left: 1, of: 1 };
      }
      if (held) return { scene: held.scene, held: true, until: held.until, left: held.until - now, of: this.heldFor };
      const { seconds } = this.plan.find(({ scene }) => scene === planned.scene);
      return { scene: planned.scene, held: false, next: planned.next, left: planned.left * 1000, of: seconds * 1000 };
    }

    show() {
      if (this.over) return;
      const on = this.on();
      const { lost } = this.live;
      this.disable(lost);
      this.root.toggleAttribute("data-lost", lost);
      text($("remote-now"), this.name(on.scene));
      text($("remote-hold"), on.held ? this.t("Back to the plan") : this.t("Hold this one"));
      $("remote-hold").setAttribute("aria-pressed", String(on.held));
      $("remote-rest").style.transform = `scaleX(${lost ? 0 : Math.min(1, on.left / on.of).toFixed(4)})`;
      for (const button of this.scenes) this.showScene(button, on);
      if (performance.now() < this.troubleUntil) return;
      this.say(lost ? this.t("Contact with the server lost") : this.tell(on));
    }

    showScene(button, on) {
      const shown = button.dataset.scene === on.scene;
      const { seconds } = this.plan.find(({ scene }) => scene === button.dataset.scene);
      if (shown) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      button.setAttribute("aria-pressed", String(shown && on.held));
      const held = on.held ? this.t("held") : this.t("on now");
      text(button.querySelector(".remote-turn"), shown ? held : this.t("{s} s", { s: seconds }));
    }

    tell(on) {
      if (on.asked) return this.t("Changing …");
      const span = this.words.age(on.left);
      if (on.held) return this.t("held until {time} · {span} left", { time: this.words.minute(on.until), span });
      if (this.plan.length === 1) return this.t("by plan");
      return this.t("by plan · {scene} in {span}", { scene: this.name(on.next), span });
    }

    name(scene) {
      const button = this.scenes.find((each) => each.dataset.scene === scene);
      return button ? button.firstElementChild.textContent : "—";
    }

    step(by) {
      const names = this.plan.map(({ scene }) => scene);
      this.choose(names[(names.indexOf(this.on().scene) + by + names.length) % names.length]);
    }

    choose(scene) {
      this.asked = this.wanted = { scene, at: performance.now() };
      this.troubleUntil = 0;
      this.show();
      if (!this.sending) this.send();
    }

    // One after the other, or an earlier press could come last; of several that wait, the last alone.
    async send() {
      this.sending = true;
      let sent, answer;
      do {
        sent = this.wanted;
        answer = await fetch(this.root.dataset.stage, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ scene: sent.scene }),
        }).catch(() => null);
      } while (sent !== this.wanted);
      this.sending = false;
      if (answer && answer.ok) return;
      this.asked = null;
      this.troubleUntil = performance.now() + TROUBLE;
      this.show();
      if (!this.over) this.say(this.t("That did not work; please try again"));
    }

    disable(disabled) {
      for (const button of this.buttons) button.disabled = disabled;
    }

    say(words) {
      text($("remote-state"), words);
    }
  }

  function begin() {
    const root = $("remote");
    if (!root) return false;
    new Remote(root);
    return true;
  }

  const watching = new MutationObserver(() => {
    if (begin() || $("wall")) watching.disconnect();
  });
  watching.observe(document.documentElement, { childList: true, subtree: true });
})();
