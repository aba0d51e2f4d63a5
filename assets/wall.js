// The wall: draws frames, lets clocks run between them, and shows its age when it is blind. Text only, never markup.
(function () {
  "use strict";
  const { Keyed, element, text } = window.bihuan;

  const SOON = 2 * 3600 * 1000;
  const LATE_AFTER = 5000;
  const FLOOD_FRAMES = 20; // a bucket that fills with every frame and loses one every FLOOD_GAP milliseconds
  const FLOOD_GAP = 120;
  const CALM = 40; // milliseconds after which a frame is drawn at once instead of with the next picture
  const CARD_WIDTH = 16; // rem, the least a card needs
  const CARD_HEIGHT = 3.6;
  const CARD_GAP = 0.4;
  const FINE_LEFT = 3; // days up to which the time left is told to the hour
  const FINE_OVERDUE = 10; // days up to which being overdue is told to the hour
  const ROW_HEIGHT = 2.15;
  const TOWNSHIP_WIDTH = 8.6;
  const LONG_NUMBER = 4; // characters
  const CELL_GAP = 0.8;
  const BLIND = new Set(["silent", "absent", "reconnecting", "refused"]);

  const $ = (id) => document.getElementById(id);
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

  class Wall {
    constructor(root) {
      this.root = root;
      this.words = new window.bihuan.Words(JSON.parse(root.dataset.words));
      this.t = this.words.t.bind(this.words);
      this.said = new Map();
      this.frame = null;
      this.telling = null;
      this.drawnInflow = "";
      this.inflow = new window.bihuan.InflowChart($("inflow-chart"));
      this.drawing = false;
      this.drawnAt = 0;
      this.pace = 0;
      this.live = new window.bihuan.Live(root.dataset.live, this);
      this.feeds = [...root.querySelectorAll(".lane")].map((lane) => lane.id.replace("lane-", ""));
      this.lanes = new Map(this.feeds.map((feed) => [feed, new Lane(this, feed)]));
      this.overdue = new Keyed($("overdue-list"), {
        make: overdueRow,
        fill: (row, item) => this.fillOverdue(row, item),
        place: (row, index) => row.style.setProperty("--y", `${index * ROW_HEIGHT}rem`),
      });
    }

    start() {
      new ResizeObserver(() => this.redraw()).observe(this.root);
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

    // What the picture is true for: now while all is well, and the instant it stopped otherwise.
    at() {
      const confirmed = this.telling && this.telling.as_of.overview;
      return this.state() === "live" || !confirmed ? this.live.now() : confirmed;
    }

    state() {
      if (!this.frame || !this.frame.body.headline) return this.live.lost ? "unreached" : this.databaseOr("waiting");
      if (this.live.lost) return "lost";
      if (this.telling.database === "away") return "away";
      return this.live.now() - this.telling.as_of.overview > LATE_AFTER ? "late" : "live";
    }

    databaseOr(state) {
      return this.telling && this.telling.database === "away" ? "unready" : state;
    }

    showState() {
      const state = this.state();
      if (this.root.dataset.state === state) return;
      this.root.dataset.state = state;
      this.say("banner", this.banner(state));
      this.tickBody();
    }

    banner(state) {
      const confirmed = this.telling && this.telling.as_of.overview;
      const time = confirmed ? this.words.time(confirmed) : "";
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
      const now = this.live.now();
      this.say("date", this.words.date(now));
      this.say("time", this.words.time(now));
      this.showState();
      if (this.root.dataset.state === "live") this.tickBody();
      window.setTimeout(() => this.tick(), 1000 - (now % 1000) + 5);
    }

    // What runs on between frames: ages, time left, and a deadline that passes.
    tickBody() {
      if (!this.frame || !this.frame.body.headline) return;
      const at = this.at();
      this.frame.body.feeds.forEach((feed) => this.showLamp(feed, at));
      this.lanes.forEach((lane) => lane.tick(at));
      this.overdue.each((row) => tellOverdue(row, at, this.words));
      this.showHeadlineNotes(at);
      this.showAsOf();
    }

    redraw() {
      const { body } = this.frame || {};
      if (!body || !body.headline) return;
      this.showHeadline(body.headline);
      body.lanes.forEach((lane) => this.lanes.get(lane.feed).show(lane, this.feedOf(lane.feed)));
      this.showOverdue(body.overdue);
      this.showTownships(body.townships);
      this.showInflow(body.inflow);
      this.tickBody();
    }

    feedOf(name) {
      return this.frame.body.feeds.find((feed) => feed.feed === name);
    }

    showHeadline(headline) {
      const rate = headline.should_finish > 0;
      this.say("received-value", String(headline.received_today));
      this.say("open-value", String(headline.open));
      this.say("due-soon-value", String(headline.due_soon));
      this.say("overdue-count-value", String(headline.overdue));
      this.say("closed-value", String(headline.closed_today));
      this.say("on-time-value", rate ? percent(headline.on_time, headline.should_finish) : "—");
      this.say("on-time-unit", rate ? "%" : "");
      for (const value of this.root.querySelectorAll(".figure-value")) {
        value.toggleAttribute("data-long", this.said.get(value.firstElementChild.id).length > LONG_NUMBER);
      }
      $("due-soon").toggleAttribute("data-none", headline.due_soon === 0);
      $("overdue-count").toggleAttribute("data-none", headline.overdue === 0);
    }

    showHeadlineNotes(at) {
      const { headline } = this.frame.body;
      const { t, words } = this;
      const change = signed(headline.received_change);
      this.say("received-note", t("{change} on this time last week", { change }));
      const provisional = headline.open_provisional;
      this.say("open-note", provisional ? t("{n} with a provisional deadline", { n: provisional }) : t("all deadlines fixed"));
      this.say("due-soon-note", this.nextDue(headline, at));
      const since = headline.longest_overdue_since;
      this.say("overdue-count-note", since ? t("longest {span}", { span: words.span(at - since, FINE_OVERDUE) }) : t("none"));
      this.say("closed-note", this.balance(headline));
      const finished = headline.should_finish > 0 ? `${headline.on_time} / ${headline.should_finish}` : t("none due yet");
      this.say("on-time-note", finished);
    }

    nextDue(headline, at) {
      if (!headline.next_due_at) return this.t("no deadline ahead");
      const time = this.words.when(headline.next_due_at, at);
      return this.t("next {time} {township}", { time, township: headline.next_due_township });
    }

    balance(headline) {
      const more = headline.received_today - headline.closed_today;
      if (more === 0) return this.t("as many as received");
      return more > 0
        ? this.t("{n} fewer than received", { n: more })
        : this.t("{n} more than received", { n: -more });
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

    showAsOf() {
      const asOf = this.telling.as_of;
      const stamp = (at) => (at ? this.t("as of {time}", { time: this.words.time(at) }) : "");
      const { overdue } = this.frame.body.headline;
      const shown = this.frame.body.overdue.length;
      const some = overdue > shown ? this.t("of {n}", { n: overdue }) + " · " : "";
      this.say("overdue-aside", some + stamp(asOf.overview));
      this.say("inflow-aside", stamp(asOf.overview));
    }

    showOverdue(cards) {
      const room = $("overdue-list");
      const fitting = Math.max(1, Math.floor(room.clientHeight / (ROW_HEIGHT * rem()) + 0.1));
      room.dataset.empty = cards.length ? "" : this.t("Nothing is overdue");
      this.overdue.show(cards.slice(0, fitting), () => true);
    }

    fillOverdue(row, card) {
      const { parts } = row;
      row.since = card.due_at;
      row.dataset.colour = card.colour;
      parts.mark.dataset.colour = card.colour;
      text(parts.title, this.words.of("category", card.category));
      text(parts.where, this.where(card));
      text(parts.code, card.code);
      text(parts.colour, this.words.of("colour", card.colour));
    }

    where(card) {
      const township = card.township || this.t("township unknown");
      return card.unit ? `${township} · ${card.unit}` : township;
    }

    showTownships(townships) {
      const room = $("townships-list");
      const fitting = Math.max(2, Math.floor((room.clientWidth + CELL_GAP * rem()) / (TOWNSHIP_WIDTH * rem())));
      const cells = gather(townships, fitting, this.t);
      const top = Math.max(1, ...cells.map((cell) => (cell.rest ? 0 : cell.open)));
      if (room.childElementCount !== cells.length) room.replaceChildren(...cells.map(townshipCell));
      room.style.gridTemplateColumns = cells.map((cell) => `minmax(0, ${cell.rest ? 1.2 : 1}fr)`).join(" ");
      cells.forEach((cell, index) => fillTownship(room.children[index], cell, top, this.t));
    }

    showInflow(inflow) {
      if (!inflow) return;
      const states = this.frame.body.feeds.map((feed) => feed.state);
      const drawn = JSON.stringify([inflow, states, rem(), $("inflow-chart").clientWidth, $("inflow-chart").clientHeight]);
      if (drawn === this.drawnInflow) return;
      this.drawnInflow = drawn;
      this.inflow.draw(inflow, this.words);
      this.showLegend(inflow);
    }

    showLegend(inflow) {
      const entries = this.feeds.map((feed, index) => {
        const swatch = element("i", "swatch");
        swatch.style.background = `var(--feed-${index + 1})`;
        const entry = element("span", "legend-entry", swatch, this.words.of("feed_short", feed));
        entry.toggleAttribute("data-blind", BLIND.has(this.feedOf(feed).state));
        return entry;
      });
      const known = inflow.high.some((value) => value !== null);
      const usual = known ? this.t("usual for the hour") : this.t("no usual band yet");
      const band = known ? [element("i", "swatch swatch-band")] : [];
      $("inflow-legend").replaceChildren(...entries, element("span", "legend-entry", ...band, usual));
    }
  }

  class Lane {
    constructor(wall, feed) {
      this.wall = wall;
      this.feed = feed;
      this.root = $(`lane-${feed}`);
      this.room = $(`lane-${feed}-list`);
      this.notice = laneNotice();
      this.cards = new Keyed(this.room, {
        make: card,
        fill: (node, item) => this.fill(node, item),
        place: (node, index) => this.place(node, index),
      });
    }

    show(lane, feed) {
      const { t } = this.wall;
      this.remember(lane.cards);
      this.lane = lane;
      this.state = feed;
      this.blind = BLIND.has(feed.state);
      this.root.toggleAttribute("data-blind", this.blind);
      this.measure();
      this.wall.say(`lane-${this.feed}-aside`, t("open {open} · today {today}", lane));
      this.room.dataset.empty = lane.cards.length || this.blind ? "" : t("Nothing in hand");
      const shown = lane.cards.slice(0, this.capacity - (this.blind ? 1 : 0));
      const still = new Set(lane.cards.map((item) => item.key));
      this.cards.show(shown, (key) => !still.has(key) && !this.pushedOut(key));
      if (this.blind && !this.notice.isConnected) this.room.append(this.notice);
      if (!this.blind) this.notice.remove();
    }

    // The server sends only the newest: a card older than all of them has merely lost its place.
    pushedOut(key) {
      const oldest = this.lane.cards[this.lane.cards.length - 1];
      return Boolean(oldest) && this.reported.get(key) < oldest.reported_at;
    }

    // When each case of this frame and the last was received; no older ones, or the list would grow for weeks.
    remember(cards) {
      const before = this.lane ? this.lane.cards : [];
      this.reported = new Map([...before, ...cards].map((item) => [item.key, item.reported_at]));
    }

    // Whole cards only: as many as fit, stretched to fill the room.
    measure() {
      const size = rem();
      const gap = CARD_GAP * size;
      const { clientWidth, clientHeight } = this.room;
      const columns = Math.max(1, Math.floor((clientWidth + gap) / (CARD_WIDTH * size + gap)));
      const rows = Math.max(1, Math.floor((clientHeight + gap) / (CARD_HEIGHT * size + gap)));
      this.columns = columns;
      this.capacity = columns * rows;
      this.step = { x: (clientWidth + gap) / columns, y: (clientHeight + gap) / rows };
      this.room.style.setProperty("--card-width", `${this.step.x - gap}px`);
      this.room.style.setProperty("--card-height", `${this.step.y - gap}px`);
    }

    // Newest first, down the lane and then into the next column; a blind lane's first place is its notice's.
    place(node, index) {
      const slot = index + (this.blind ? 1 : 0);
      const rows = this.capacity / this.columns;
      node.style.setProperty("--x", `${Math.floor(slot / rows) * this.step.x}px`);
      node.style.setProperty("--y", `${(slot % rows) * this.step.y}px`);
    }

    fill(node, item) {
      const { words, t } = this.wall;
      const { parts } = node;
      node.item = item;
      node.dataset.colour = item.colour;
      node.dataset.urgency = item.urgency;
      parts.mark.dataset.colour = item.colour;
      text(parts.title, words.of("category", item.category));
      text(parts.where, this.wall.where(item));
      text(parts.code, `${words.of("colour", item.colour)} ${item.code}`);
      text(parts.provisional, item.provisional ? t("provisional") : "");
      node.toggleAttribute("data-provisional", item.provisional);
      this.tell(node, this.wall.at());
    }

    tell(node, at) {
      const { item, parts } = node;
      const { words, t } = this.wall;
      if (item.due_at === null) {
        text(parts.left, words.of("status", item.status));
        parts.bar.style.transform = "scaleX(0)";
        return;
      }
      const left = item.due_at - at;
      const overdue = left <= 0;
      node.toggleAttribute("data-overdue", overdue);
      node.toggleAttribute("data-soon", !overdue && left <= SOON);
      text(parts.left, overdue ? t("{span} over", { span: words.span(-left, FINE_OVERDUE) }) : t("{span} left", { span: words.span(left, item.provisional ? 1 : FINE_LEFT) }));
      const share = Math.min(1, Math.max(0, left / Math.max(1, item.due_at - item.reported_at)));
      parts.bar.style.transform = `scaleX(${share.toFixed(4)})`;
    }

    tick(at) {
      if (!this.state) return;
      this.cards.each((node) => this.tell(node, at));
      if (!this.blind) return;
      const { words, t } = this.wall;
      const last = this.state.last_received_at || this.state.since;
      text(this.notice.parts.title, this.wall.feedTrouble(this.state, at));
      text(this.notice.parts.note, last ? t("as of {time}", { time: words.when(last, at) }) : t("nothing received yet"));
    }
  }

  function card() {
    const parts = {
      mark: element("span", "mark"),
      title: element("span", "card-title"),
      provisional: element("span", "card-provisional"),
      left: element("span", "card-left"),
      where: element("span", "card-where"),
      code: element("span", "card-code"),
      bar: element("i", "bar-fill"),
    };
    const top = element("div", "card-line", parts.mark, parts.title, parts.provisional, parts.left);
    const bottom = element("div", "card-line", parts.where, parts.code);
    const node = element("article", "card", top, bottom, element("div", "bar", parts.bar));
    node.setAttribute("role", "listitem");
    return Object.assign(node, { parts });
  }

  function laneNotice() {
    const parts = { title: element("span", "notice-title"), note: element("span", "notice-note") };
    return Object.assign(element("div", "lane-notice", parts.title, parts.note), { parts });
  }

  function overdueRow() {
    const parts = {
      mark: element("span", "mark"),
      title: element("span", "row-title"),
      where: element("span", "row-where"),
      code: element("span", "row-code"),
      colour: element("span", "row-colour"),
      span: element("span", "row-span"),
    };
    const node = element("div", "row", ...Object.values(parts));
    node.setAttribute("role", "listitem");
    return Object.assign(node, { parts });
  }

  function tellOverdue(row, at, words) {
    text(row.parts.span, words.span(at - row.since, FINE_OVERDUE));
  }

  function townshipCell() {
    const parts = {
      name: element("span", "township-name"),
      open: element("i", "township-open"),
      overdue: element("i", "township-overdue"),
      count: element("span", "township-count"),
    };
    const bar = element("div", "township-bar", parts.open, parts.overdue);
    return Object.assign(element("div", "township", parts.name, bar, parts.count), { parts });
  }

  function fillTownship(node, cell, top, t) {
    const { name, open, overdue, count } = node.parts;
    const late = element("b", cell.overdue ? "late" : "none", String(cell.overdue));
    const share = (value) => `${(100 * Math.min(value, top)) / top}%`;
    text(name, cell.rest ? t("{n} others", { n: cell.rest }) : cell.township || t("township unknown"));
    open.style.width = cell.rest ? "0" : share(cell.open - cell.overdue);
    overdue.style.width = cell.rest ? "0" : share(cell.overdue);
    count.replaceChildren(t("open"), " ", element("b", "", String(cell.open)), " ", t("overdue"), " ", late);
  }

  // As many townships as there is room for; the rest are one cell, so that the sums stay whole.
  function gather(townships, fitting) {
    if (townships.length <= fitting) return townships;
    const rest = townships.slice(fitting - 1);
    const sum = (key) => rest.reduce((total, row) => total + row[key], 0);
    return [...townships.slice(0, fitting - 1), { rest: rest.length, open: sum("open"), overdue: sum("overdue") }];
  }

  function percent(part, whole) {
    return part === whole ? "100" : Math.min(99.9, (100 * part) / whole).toFixed(1);
  }

  function signed(number) {
    return number > 0 ? `+${number}` : number < 0 ? `−${-number}` : "±0";
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
