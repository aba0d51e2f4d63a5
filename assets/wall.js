// The wall: takes frames in, shows one scene after the other, lets clocks run, and shows its age when it is blind. Text
// only, never markup.
(function () {
  "use strict";
  const { bihuan } = window;
  const { element, text, byId: $ } = bihuan;

  const LATE_AFTER = 5000;
  const FLOOD_FRAMES = 20; // a bucket that fills with every frame and loses one every FLOOD_GAP milliseconds
  const FLOOD_GAP = 120;
  const CALM = 40; // milliseconds after which a frame is drawn at once instead of with the next picture
  const HELD = 120000; // how long a scene stays that was chosen on the wall's own keys
  const TRY_AGAIN = 10000;
  const CLOCK_OFF = 30000;

  class Wall {
    constructor(root) {
      this.root = root;
      this.words = new bihuan.Words(JSON.parse(root.dataset.words));
      this.t = this.words.t.bind(this.words);
      this.plan = JSON.parse(root.dataset.plan);
      this.feeds = JSON.parse(root.dataset.feeds);
      this.said = new Map();
      this.frame = null;
      this.telling = null;
      this.drawing = false;
      this.drawnAt = 0;
      this.pace = 0;
      this.chosen = null;
      this.failed = new Map(); // scene → when it last failed
      this.live = new bihuan.Live(root.dataset.live, this);
      this.scenes = new Map();
      this.plan.forEach(({ scene }) => this.attempt(scene, () => this.scenes.set(scene, new bihuan.scenes[scene](this))));
    }

    start() {
      new ResizeObserver(() => this.redraw()).observe(this.root);
      document.addEventListener("keydown", (event) => this.press(event));
      this.turn();
      this.live.start();
      this.tick();
    }

    // Dash puts the layout up once and never draws it again: what a place says is written straight into it.
    say(id, words) {
      if (this.said.get(id) === words) return;
      this.said.set(id, words);
      text($(id), words);
    }

    told(message) {
      this.telling = message;
      if (message.type === "frame") {
        // A frame has the parts that changed; a new connection begins with all of them.
        message.body = Object.assign({}, this.frame && this.frame.body, message.body);
        this.frame = message;
        this.drawSoon();
      }
      this.showState();
    }

    // Frames that come faster than they can be drawn are drawn once, in their newest state; in a flood nothing glides.
    drawSoon() {
      if (this.drawing) return;
      if (performance.now() - this.drawnAt > CALM) {
        this.draw();
        return;
      }
      this.drawing = true;
      if (document.hidden) window.setTimeout(() => this.draw(), 0);
      else window.requestAnimationFrame(() => this.draw());
    }

    draw() {
      this.drawing = false;
      const now = performance.now();
      this.pace = Math.min(FLOOD_FRAMES, Math.max(0, this.pace - (now - this.drawnAt) / FLOOD_GAP) + 1);
      this.drawnAt = now;
      this.root.toggleAttribute("data-flood", this.pace > FLOOD_FRAMES / 2);
      this.redraw();
    }

    changed() {
      this.showState();
    }

    // The link of this display was taken back: nothing stays on it but the sentence that says so.
    refused() {
      const sentences = JSON.parse(this.root.dataset.refused).map(([language, sentence]) => {
        const line = element("p", "put-out-line", sentence);
        line.lang = language;
        return line;
      });
      this.root.replaceChildren(element("div", "put-out", ...sentences));
      this.root.dataset.state = "refused";
      this.frame = null;
      this.over = true;
    }

    // What the picture is true for: now while all is well, and the instant it stopped otherwise.
    at() {
      return this.state() === "live" || !this.confirmed ? this.live.now() : this.confirmed;
    }

    // The last instant for which the server knew the picture to be the newest.
    get confirmed() {
      return this.telling && this.telling.as_of.overview;
    }

    asOf() {
      const { confirmed } = this;
      const missing = this.missing();
      const told = missing ? " · " + this.t("without {feeds}", { feeds: missing }) : "";
      return confirmed ? this.t("as of {time}", { time: this.words.time(confirmed) }) + told : "";
    }

    // The feeds that tell nothing just now: every number is without them, whatever the clock says. Their lamps name several.
    missing() {
      const blind = this.ready ? this.frame.body.feeds.filter((feed) => bihuan.BLIND.has(feed.state)) : [];
      this.root.toggleAttribute("data-some-blind", blind.length > 0);
      if (blind.length > 1) return this.t("{n} feeds", { n: blind.length });
      return blind.map((feed) => this.words.of("feed_short", feed.feed)).join("");
    }

    get ready() {
      return Boolean(this.frame && this.frame.body.headline);
    }

    state() {
      if (!this.ready) return this.live.lost ? "unreached" : this.databaseOr("waiting");
      if (this.live.lost) return "lost";
      if (this.telling.database === "away") return "away";
      return this.live.now() - this.telling.as_of.overview > LATE_AFTER ? "late" : "live";
    }

    databaseOr(state) {
      return this.telling && this.telling.database === "away" ? "unready" : state;
    }

    showState() {
      if (this.over) return;
      const state = this.state();
      if (this.root.dataset.state === state) return;
      this.root.dataset.state = state;
      this.say("banner", this.banner(state));
      this.tickBody();
    }

    banner(state) {
      const time = this.confirmed ? this.words.time(this.confirmed) : "";
      switch (state) {
        case "unreached":
          return this.t("Connecting to the server");
        case "unready":
          return this.t("The database does not answer · nothing to show yet");
        case "lost":
          return this.t("Contact with the server lost · picture stopped at {time}", { time });
        case "away":
          return this.t("The database does not answer · picture stopped at {time}", { time });
        case "late":
          return this.t("The server has stopped updating · picture stopped at {time}", { time });
        default:
          return "";
      }
    }

    tick() {
      if (this.over) return;
      const now = this.live.now();
      this.say("date", this.words.date(now));
      this.say("time", this.words.time(now));
      this.showClockFault(now);
      this.showState();
      this.turn();
      if (this.root.dataset.state === "live") this.tickBody();
      window.setTimeout(() => this.tick(), 1000 - (now % 1000) + 5);
    }

    // All times shown are the server's; that the display's own clock is wrong is told to whoever looks after it.
    showClockFault(now) {
      const off = this.live.offsets.length ? Date.now() - now : 0;
      const wrong = Math.abs(off) > CLOCK_OFF;
      const span = this.words.age(Math.abs(off));
      this.say("clock-fault", !wrong ? "" : off > 0 ? this.t("display clock {span} fast", { span }) : this.t("display clock {span} slow", { span }));
    }

    // What runs on between frames: ages, time left, and a deadline that passes. A scene that failed has none of it.
    tickBody() {
      if (!this.ready) return;
      const at = this.at();
      this.frame.body.feeds.forEach((feed) => this.showLamp(feed, at));
      this.showAlert(at);
      if (this.failed.has(this.shown)) return;
      this.attempt(this.shown, () => this.scenes.get(this.shown).tick(at));
    }

    redraw() {
      if (!this.ready) return;
      this.turn();
      if (!this.failed.has(this.shown)) this.drawScene();
      this.tickBody();
    }

    drawScene() {
      return this.attempt(this.shown, () => {
        this.scenes.get(this.shown).show(this.frame.body);
        this.scenes.get(this.shown).tick(this.at());
      });
    }

    // A scene that fails is left out and named, until it is tried again and does not fail.
    attempt(scene, work) {
      try {
        work();
        return true;
      } catch (error) {
        console.warn(`scene ${scene} failed`, error);
        this.mark(scene, performance.now());
        window.setTimeout(() => this.turn(), 0);
        return false;
      }
    }

    mark(scene, failedAt) {
      if (failedAt === null) this.failed.delete(scene);
      else this.failed.set(scene, failedAt);
      const tab = $(`tab-${scene}`);
      if (tab) tab.toggleAttribute("data-failed", failedAt !== null);
    }

    // What keeps the scenes from turning: somebody's choice here, or what was put on all walls.
    held(now) {
      if (this.chosen && this.chosen.until <= now) this.chosen = null;
      const stage = this.ready && this.frame.body.stage;
      const staged = stage && stage.until > now && this.scenes.has(stage.scene) ? stage : null;
      return this.chosen || staged;
    }

    // Which scene it is time for: the one that is held, else the plan's, the same on every wall.
    due() {
      const now = this.live.now();
      const held = this.held(now);
      this.root.toggleAttribute("data-held", Boolean(held));
      this.say("held", held && held.in_meeting ? this.t("In a meeting") : "");
      return held ? held.scene : bihuan.planned(this.plan, now).scene;
    }

    // The scene whose time it is, unless it failed a moment ago: then the first one that is well.
    turn() {
      const due = this.due();
      if (this.mayShow(due)) return this.put(due);
      const well = this.plan.map(({ scene }) => scene).find((scene) => this.scenes.has(scene) && !this.failed.has(scene));
      if (well) this.put(well);
    }

    mayShow(scene) {
      if (!this.scenes.has(scene)) return false;
      return !this.failed.has(scene) || performance.now() - this.failed.get(scene) > TRY_AGAIN;
    }

    put(scene) {
      const again = this.failed.has(scene);
      if (scene === this.shown && !again) return;
      this.shown = scene;
      for (const { scene: name } of this.plan) {
        $(`scene-${name}`).hidden = name !== scene;
        if (name === scene) $(`tab-${name}`).setAttribute("aria-current", "page");
        else $(`tab-${name}`).removeAttribute("aria-current");
      }
      if (this.ready && this.drawScene() && again) this.mark(scene, null);
    }

    // Left and right choose, a digit names, space stays, escape goes back to the plan.
    press(event) {
      const names = this.plan.map(({ scene }) => scene);
      const step = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
      if (step) this.choose(names[(names.indexOf(this.shown) + step + names.length) % names.length], HELD);
      else if (event.key >= "1" && event.key <= String(names.length)) this.choose(names[Number(event.key) - 1], HELD);
      else if (event.key === " ") this.choose(this.shown, Infinity);
      else if (event.key === "Escape") this.choose(null, 0);
      else return;
      event.preventDefault();
    }

    choose(scene, milliseconds) {
      this.chosen = scene ? { scene, until: this.live.now() + milliseconds } : null;
      this.turn();
    }

    // A case that turned red takes the screen for a while, whatever scene is on; then it is given back.
    showAlert(at) {
      const alert = this.frame.body.alerts.find((each) => each.at <= at && at < each.until);
      const room = $("alert");
      room.hidden = !alert || this.root.dataset.state !== "live";
      if (room.hidden) return;
      const { card } = alert;
      this.say("alert-title", this.words.of("category", card.category));
      this.say("alert-where", this.where(card));
      this.say("alert-code", card.code);
      const left = card.due_at === null ? null : card.due_at - at;
      this.say("alert-since", this.t("received {time}", { time: this.words.when(card.reported_at, at) }));
      this.say("alert-left", left === null ? "" : left > 0 ? this.t("{span} left", { span: this.words.span(left, 3) }) : this.t("{span} over", { span: this.words.span(-left, 3) }));
      $("alert-rest").style.transform = `scaleX(${((alert.until - at) / (alert.until - alert.at)).toFixed(3)})`;
    }

    showLamp(feed, at) {
      $(`lamp-${feed.feed}`).dataset.feedState = feed.state;
      this.say(`lamp-${feed.feed}-note`, this.lampNote(feed, at));
    }

    lampNote(feed, at) {
      const dead = feed.dead_letters ? " · " + this.t("{n} not understood", { n: feed.dead_letters }) : "";
      const age = feed.last_received_at === null ? "—" : this.words.age(at - feed.last_received_at);
      if (feed.state === "connected") return age + dead;
      return this.feedTrouble(feed, at) + dead;
    }

    // "Silent 12 min": for how long nothing has come; "lagging 3 min": how late its events are; else since when.
    feedTrouble(feed, at) {
      const word = this.words.of("feed_state", feed.state);
      if (feed.lag_seconds !== null) return `${word} ${this.words.age(feed.lag_seconds * 1000)}`;
      const since = feed.state === "silent" ? feed.last_received_at || feed.since : feed.since;
      return since ? `${word} ${this.words.age(at - since)}` : word;
    }

    // A unit named after its township says both.
    where(card) {
      const township = card.township || this.t("township unknown");
      if (!card.unit) return township;
      return card.unit.startsWith(township) ? card.unit : `${township}·${card.unit}`;
    }
  }

  // Dash puts the page up when it likes; the script begins when it is there.
  function begin() {
    const root = $("wall");
    if (!root) return false;
    new Wall(root).start();
    return true;
  }

  const watching = new MutationObserver(() => {
    if (begin()) watching.disconnect();
  });
  watching.observe(document.documentElement, { childList: true, subtree: true });
})();
