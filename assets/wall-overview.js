// Scene 1, everything at a glance: the headline, three live queues, what is longest overdue, the inflow, the townships.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const { Keyed, element, listItem, text, byId: $, rem } = bihuan;

  const CARD_WIDTH = 16; // rem, the least a card needs
  const CARD_HEIGHT = 3.45;
  const CARD_GAP = 0.4;
  const FINE_LEFT = 3; // days up to which the time left is told to the hour
  const ROW_HEIGHT = 2.15;
  const TOWNSHIP_WIDTH = 8.6;
  const LONG_NUMBER = 4; // characters
  const CELL_GAP = 0.8;
  const { FINE_OVERDUE, DUE_SOON: SOON } = bihuan;

  class Overview {
    constructor(wall) {
      this.wall = wall;
      this.words = wall.words;
      this.t = wall.t;
      this.drawnInflow = "";
      this.inflow = new bihuan.InflowChart($("inflow-chart"));
      this.feeds = wall.feeds;
      this.lanes = new Map(this.feeds.map((feed) => [feed, new Lane(wall, feed)]));
      this.overdue = new Keyed($("overdue-list"), {
        make: overdueRow,
        fill: (row, item) => this.fillOverdue(row, item),
        place: (row, index) => row.style.setProperty("--y", `${index * ROW_HEIGHT}rem`),
      });
    }

    say(id, words) {
      this.wall.say(id, words);
    }

    show(body) {
      this.body = body;
      this.showHeadline(body.headline);
      body.lanes.forEach((lane) => this.lanes.get(lane.feed).show(lane, this.feedOf(lane.feed)));
      this.showOverdue(body.overdue);
      this.showTownships(body.townships);
      this.showInflow(body.inflow);
    }

    // What runs on between frames: ages, time left, and a deadline that passes.
    tick(at) {
      this.lanes.forEach((lane) => lane.tick(at));
      this.overdue.each((row) => text(row.parts.span, this.words.span(at - row.since, FINE_OVERDUE)));
      this.showHeadlineNotes(at);
      const { overdue } = this.body.headline;
      const some = overdue > this.body.overdue.length && !this.wall.missing() ? this.t("of {n}", { n: overdue }) + " · " : "";
      this.say("overdue-aside", some + this.wall.asOf());
      this.say("inflow-aside", this.wall.asOf());
    }

    feedOf(name) {
      return this.body.feeds.find((feed) => feed.feed === name);
    }

    showHeadline(headline) {
      const rate = headline.should_finish > 0;
      this.say("received-value", String(headline.received_today));
      this.say("open-value", String(headline.open));
      this.say("due-soon-value", String(headline.due_soon));
      this.say("overdue-count-value", String(headline.overdue));
      this.say("closed-value", String(headline.closed_today));
      this.say("on-time-value", rate ? bihuan.percent(headline.on_time, headline.should_finish) : "—");
      this.say("on-time-unit", rate ? "%" : "");
      for (const value of $("headline").querySelectorAll(".figure-value")) {
        value.toggleAttribute("data-long", value.firstElementChild.textContent.length > LONG_NUMBER);
      }
      this.say("open-red", `${this.words.of("colour", "red")} ${headline.red}`);
      $("open").toggleAttribute("data-none", headline.red === 0);
    }

    showHeadlineNotes(at) {
      const { headline } = this.body;
      const { t, words } = this;
      const missing = this.wall.missing();
      this.say("received-note", missing ? t("without {feeds}", { feeds: missing }) : this.change(headline));
      const provisional = headline.open_provisional;
      this.say("open-note", provisional ? t("provisional {n}", { n: provisional }) : "");
      this.say("due-soon-note", this.nextDue(headline, at));
      const since = headline.longest_overdue_since;
      this.say("overdue-count-note", since ? t("longest {span}", { span: words.span(at - since, FINE_OVERDUE) }) : "");
      this.say("closed-note", this.balance(headline));
      const finished = headline.should_finish > 0 ? `${headline.on_time} / ${headline.should_finish}` : t("none due yet");
      this.say("on-time-note", finished);
    }

    // Where nothing has come in, neither today nor at this time last week, there is nothing to compare; a zero says it all.
    change(headline) {
      if (!headline.received_today && !headline.received_change) return "";
      return this.t("{change} on this time last week", { change: signed(headline.received_change) });
    }

    nextDue(headline, at) {
      if (!headline.next_due_at) return headline.open ? this.t("no deadline ahead") : "";
      const near = this.words.daysAhead(headline.next_due_at, at) < 2;
      const time = near ? this.words.when(headline.next_due_at, at) : this.words.day(headline.next_due_at);
      return this.t("next {time} {township}", { time, township: headline.next_due_township });
    }

    balance(headline) {
      if (!headline.received_today && !headline.closed_today) return "";
      const more = headline.received_today - headline.closed_today;
      if (more === 0) return this.t("as many as received");
      return more > 0
        ? this.t("{n} fewer than received", { n: more })
        : this.t("{n} more than received", { n: -more });
    }

    showOverdue(cards) {
      const room = $("overdue-list");
      const fitting = Math.max(1, Math.floor(room.clientHeight / (ROW_HEIGHT * rem()) + 0.1));
      room.dataset.empty = cards.length ? "" : this.nothingLate();
      this.overdue.show(cards.slice(0, fitting), () => true);
    }

    nothingLate() {
      return this.body.headline.overdue ? this.t("Only counted, not listed") : this.t("Nothing is overdue");
    }

    fillOverdue(row, card) {
      const { parts } = row;
      row.since = card.due_at;
      row.dataset.colour = card.colour;
      parts.mark.dataset.colour = card.colour;
      text(parts.title, this.words.of("category", card.category));
      text(parts.where, this.wall.where(card));
      text(parts.code, card.code);
      text(parts.colour, this.words.of("colour", card.colour));
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
      const states = this.body.feeds.map((feed) => feed.state);
      const drawn = JSON.stringify([inflow, states, rem(), $("inflow-chart").clientWidth, $("inflow-chart").clientHeight]);
      if (drawn === this.drawnInflow) return;
      this.drawnInflow = drawn;
      this.showLegend(inflow); // first: what it takes is not the chart's
      this.inflow.draw(inflow, this.words);
    }

    showLegend(inflow) {
      const entries = this.feeds.map((feed, index) => {
        const swatch = element("i", "swatch");
        swatch.style.background = `var(--feed-${index + 1})`;
        const entry = element("span", "legend-entry", swatch, this.words.of("feed_short", feed));
        entry.toggleAttribute("data-blind", bihuan.BLIND.has(this.feedOf(feed).state));
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
      const before = this.lane ? this.lane.cards : [];
      const hidSome = this.lane && this.lane.open > before.length; // else one that is told later than others is new all the same
      this.remember(lane.cards);
      this.lane = lane;
      this.state = feed;
      this.blind = bihuan.BLIND.has(feed.state);
      this.root.toggleAttribute("data-blind", this.blind);
      this.measure();
      this.wall.say(`lane-${this.feed}-counts`, t("open {open} · today {today}", lane));
      this.room.dataset.empty = lane.cards.length || this.blind ? "" : t("Nothing in hand");
      const shown = lane.cards.slice(0, this.capacity - (this.blind ? 1 : 0));
      const still = new Set(lane.cards.map((item) => item.key));
      const known = new Set(before.map((item) => item.key));
      const oldest = hidSome && before.length ? before[before.length - 1].reported_at : -Infinity;
      const isNew = (item) => !known.has(item.key) && item.reported_at >= oldest;
      this.cards.show(shown, (key) => !still.has(key) && !this.pushedOut(key), isNew);
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
      const { words } = this.wall;
      const { parts } = node;
      node.item = item;
      node.dataset.colour = item.colour;
      node.dataset.urgency = item.urgency;
      parts.mark.dataset.colour = item.colour;
      text(parts.title, words.of("category", item.category));
      text(parts.where, this.wall.where(item));
      text(parts.code, `${words.of("colour", item.colour)} ${item.code}`);
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
      text(parts.left, overdue ? t("{span} over", { span: words.span(-left, FINE_OVERDUE) }) : this.left(item, left));
      const share = Math.min(1, Math.max(0, left / Math.max(1, item.due_at - item.reported_at)));
      parts.bar.style.transform = `scaleX(${share.toFixed(4)})`;
    }

    // A provisional deadline may move by days: told in one unit, and as what it is.
    left(item, left) {
      const { words, t } = this.wall;
      if (item.provisional) return t("provisionally {span} left", { span: words.span(left, 1) });
      return t("{span} left", { span: words.span(left, FINE_LEFT) });
    }

    tick(at) {
      if (!this.state) return;
      this.cards.each((node) => this.tell(node, at));
      this.wall.say(`lane-${this.feed}-aside`, this.asOf(at));
      if (!this.blind) return;
      const { t } = this.wall;
      const ever = this.state.last_received_at !== null;
      text(this.notice.parts.title, this.wall.feedTrouble(this.state, at));
      text(this.notice.parts.note, ever ? t("what came since is not known") : t("nothing received yet"));
    }

    // A lane is true for the instant the wall is, but for a feed that can't be heard: for that of its last message.
    asOf(at) {
      const { words, t, confirmed } = this.wall;
      const last = this.blind ? this.state.last_received_at : confirmed;
      if (!last) return "";
      return t("as of {time}", { time: words.daysAhead(last, at) ? words.when(last, at) : words.time(last) });
    }
  }

  function card() {
    const parts = {
      mark: element("span", "mark"),
      title: element("span", "card-title"),
      left: element("span", "card-left"),
      where: element("span", "card-where"),
      code: element("span", "card-code"),
      bar: element("i", "bar-fill"),
    };
    const top = element("div", "card-line", parts.mark, parts.title, parts.left);
    const bottom = element("div", "card-line", parts.where, parts.code);
    return Object.assign(listItem("card", top, bottom, element("div", "bar", parts.bar)), { parts });
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
    return Object.assign(listItem("row", ...Object.values(parts)), { parts });
  }

  function townshipCell() {
    const parts = {
      name: element("span", "township-name"),
      open: element("i", "township-open"),
      overdue: element("i", "township-overdue"),
      count: element("span", "township-count"),
    };
    const bar = element("div", "township-bar", parts.open, parts.overdue);
    return Object.assign(listItem("township", parts.name, bar, parts.count), { parts });
  }

  function fillTownship(node, cell, top, t) {
    const { name, open, overdue, count } = node.parts;
    const share = (value) => `${(100 * Math.min(value, top)) / top}%`;
    text(name, cell.rest ? t("{n} others", { n: cell.rest }) : cell.township || t("township unknown"));
    open.style.width = cell.rest ? "0" : share(cell.open - cell.overdue);
    overdue.style.width = cell.rest ? "0" : share(cell.overdue);
    count.replaceChildren(...townshipCounts(cell, t));
  }

  // What is not told is fewer than a number that says nothing about it alone.
  function townshipCounts(cell, t) {
    if (cell.open !== null) {
      const late = element("b", cell.overdue ? "late" : "none", String(cell.overdue));
      return [t("open"), " ", element("b", "", String(cell.open)), " ", t("overdue"), " ", late];
    }
    return cell.fewer_than ? [t("open"), " ", element("b", "none", t("fewer than {n}", { n: cell.fewer_than }))] : [];
  }

  // As many townships as there is room for; the rest are one cell with their sums, if these tell of no cell alone.
  function gather(townships, fitting) {
    if (townships.length <= fitting) return townships;
    const rest = townships.slice(fitting - 1);
    const told = rest.every((row) => row.open !== null);
    const sum = (key) => (told ? rest.reduce((total, row) => total + row[key], 0) : null);
    return [...townships.slice(0, fitting - 1), { rest: rest.length, open: sum("open"), overdue: sum("overdue") }];
  }

  function signed(number) {
    return number > 0 ? `+${number}` : number < 0 ? `−${-number}` : "±0";
  }

  bihuan.scenes.overview = Overview;
})();
