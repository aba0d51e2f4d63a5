// Scene 2: every overdue assignment, gravest first, with the step of the ladder it has come to; and what comes due next.
(function () {
  "use strict";
  const { bihuan } = window;
  const { element, listItem, text, byId: $, rem, FINE_OVERDUE, PAGE_SECONDS, DUE_SOON: SPAN } = bihuan;

  const ROW_HEIGHT = 2.5;
  const COLUMN_WIDTH = 50; // rem, the least a column of rows needs
  const MINUTE = 60 * 1000;
  const TICKS = 4; // half hours
  const DUE_ROW = 2.3;
  const FINE_LEFT = 3; // days up to which the time left is told to the hour

  class Late {
    constructor(wall) {
      this.wall = wall;
      this.t = wall.t;
      this.words = wall.words;
      this.rows = [];
      this.due = [];
      this.none = noneDue();
      $("upcoming-list").append(...axis(), this.none);
    }

    show(body) {
      this.body = body;
      this.showCounts(body.late.by_colour);
      this.showCases(body.late, body.headline.overdue); // before the rows: what it takes is not theirs
      this.showRows(body.late.rows);
      this.showUpcoming(body.upcoming);
    }

    tick(at) {
      this.turnPage(at);
      this.rows.forEach((row) => text(row.parts.span, this.words.span(at - row.since, FINE_OVERDUE)));
      this.placeUpcoming(at);
      this.wall.say("late-aside", this.wall.asOf());
      this.wall.say("upcoming-aside", this.wall.asOf());
    }

    showCounts(counts) {
      const parts = Object.entries(counts).map(([colour, count]) => {
        const node = element("span", "late-count", bihuan.sign(colour), this.words.of("colour", colour), element("b", "", String(count)));
        node.dataset.colour = colour;
        node.toggleAttribute("data-none", count === 0);
        return node;
      });
      $("late-counts").replaceChildren(...parts);
    }

    // Assignments are counted here and cases on the overview: whoever sees both is told why they differ.
    showCases(late, overdue) {
      const n = sum(late.by_colour);
      this.wall.say("late-total", n ? this.t("{n} assignments of {cases} cases", { n, cases: late.cases }) : "");
      const told = [];
      if (late.cases_without) {
        told.push(this.t("of {overdue} overdue cases, {n} with no unit late yet: unassigned or just taken over", { overdue, n: late.cases_without }));
      }
      if (late.cases_in_time) told.push(this.t("{n} more with a unit late and the case in time", { n: late.cases_in_time }));
      this.wall.say("late-cases", told.join(" · "));
    }

    // Whole rows only, in as many columns as have room; what does not fit follows on the next page, which turns by itself.
    showRows(rows) {
      const room = $("late-list");
      const lines = Math.max(1, Math.floor(room.clientHeight / (ROW_HEIGHT * rem())));
      const columns = Math.max(1, Math.floor(room.clientWidth / (COLUMN_WIDTH * rem())));
      room.style.setProperty("--lines", lines);
      room.style.setProperty("--columns", columns);
      this.lines = lines;
      this.fitting = lines * columns;
      this.pages = Math.max(1, Math.ceil(rows.length / this.fitting));
      room.dataset.empty = rows.length ? "" : this.nothing();
      this.drawPage(Math.min(this.page || 0, this.pages - 1));
    }

    nothing() {
      return sum(this.body.late.by_colour) ? this.t("Only counted, not listed") : this.t("Nothing is overdue");
    }

    turnPage(at) {
      const page = Math.floor(at / (PAGE_SECONDS * 1000)) % this.pages;
      if (page !== this.page) this.drawPage(page);
    }

    drawPage(page) {
      this.page = page;
      const shown = this.body.late.rows.slice(page * this.fitting, (page + 1) * this.fitting);
      const room = $("late-list");
      while (this.rows.length < shown.length) this.rows.push(lateRow());
      this.rows.length = shown.length;
      if (room.childElementCount !== shown.length || this.rows.some((row, index) => room.children[index] !== row)) {
        room.replaceChildren(...this.rows);
      }
      shown.forEach((item, index) => this.fill(this.rows[index], item, index % this.lines ? shown[index - 1] : null));
      const hidden = sum(this.body.late.by_colour) - this.body.late.rows.length;
      const told = [this.pages > 1 ? this.t("page {page} of {pages}", { page: page + 1, pages: this.pages }) : ""];
      if (hidden > 0) told.push(this.t("{n} more not shown", { n: hidden }));
      this.wall.say("late-pages", told.filter(Boolean).join(" · "));
    }

    fill(row, item, before) {
      const { parts } = row;
      row.since = item.due_at;
      row.dataset.colour = item.colour;
      parts.mark.dataset.colour = item.colour;
      row.toggleAttribute("data-first", Boolean(before) && before.colour !== item.colour);
      text(parts.colour, this.words.of("colour", item.colour));
      text(parts.title, this.words.of("category", item.category));
      text(parts.township, item.township || this.t("township unknown"));
      text(parts.unit, item.unit || "—");
      text(parts.code, item.code);
      text(parts.step, item.step ? this.words.step(item) : this.t("no reminder yet"));
      parts.step.toggleAttribute("data-none", !item.step);
      text(parts.span, this.words.span(this.wall.at() - item.due_at, FINE_OVERDUE));
    }

    showUpcoming(cards) {
      const room = $("upcoming-list");
      this.cards = cards;
      while (this.due.length > cards.length) this.due.pop().remove();
      while (this.due.length < cards.length) this.due.push(room.appendChild(dueRow()));
      cards.forEach((card, index) => this.fillDue(this.due[index], card));
      this.none.hidden = cards.length > 0;
    }

    // Nothing to show on the two hours: the line stays, says so, and tells what comes after them.
    tellNone(at) {
      const { due_soon: hidden, next_due_at: next, next_due_township: township, open } = this.body.headline;
      const { parts } = this.none;
      text(parts.title, hidden ? this.t("{n} due, none of them to be listed", { n: hidden }) : this.t("No deadline in the next two hours"));
      const none = open ? this.t("no deadline ahead") : this.t("Nothing in hand");
      text(parts.next, next ? this.t("next {time} {township}", { time: this.words.when(next, at), township }) : none);
      text(parts.left, next ? this.t("in {span}", { span: this.words.span(next - at, FINE_LEFT) }) : "");
    }

    fillDue(row, card) {
      const { parts } = row;
      row.dataset.colour = card.colour;
      parts.mark.dataset.colour = card.colour;
      text(parts.title, this.words.of("category", card.category));
      text(parts.where, card.township || this.t("township unknown"));
    }

    // A deadline stands where it falls on the two hours; those too close together move down, and what finds no room is counted.
    placeUpcoming(at) {
      const room = $("upcoming-list");
      const size = rem();
      const height = room.clientHeight;
      const scale = height - DUE_ROW * size;
      room.querySelectorAll(".due-tick").forEach((tick, index) => {
        tick.style.setProperty("--y", `${(scale * index) / TICKS + (DUE_ROW * size) / 2}px`);
        text(tick, this.words.minute(at + (SPAN * index) / TICKS));
      });
      let below = -Infinity;
      let unseen = 0;
      this.due.forEach((row, index) => {
        const left = this.cards[index].due_at - at;
        const own = Math.max(0, Math.min(1, left / SPAN)) * scale;
        const y = Math.max(own, below);
        const fits = y <= scale + 1;
        row.hidden = !fits;
        if (!fits) unseen += 1;
        else below = y + DUE_ROW * size;
        row.style.setProperty("--y", `${y}px`);
        text(row.parts.time, this.words.minute(this.cards[index].due_at));
        text(row.parts.left, left > 0 ? this.t("{m} min", { m: Math.ceil(left / MINUTE) }) : this.t("due now"));
      });
      if (!this.due.length) this.tellNone(at);
      const counted = this.body.headline.due_soon - (this.due.length - unseen);
      this.wall.say("upcoming-more", counted > 0 && this.due.length ? this.t("{n} more not shown", { n: counted }) : "");
    }
  }

  function sum(counts) {
    return Object.values(counts).reduce((total, count) => total + count, 0);
  }

  function lateRow() {
    const parts = {
      mark: bihuan.sign(""),
      colour: element("span", "late-colour"),
      title: element("span", "late-title"),
      township: element("span", "late-township"),
      unit: element("span", "late-unit"),
      code: element("span", "late-code"),
      step: element("span", "late-step"),
      span: element("span", "late-span"),
    };
    return Object.assign(listItem("late-row", ...Object.values(parts)), { parts });
  }

  function dueRow() {
    const parts = {
      time: element("span", "due-time"),
      mark: bihuan.sign(""),
      title: element("span", "due-title"),
      where: element("span", "due-where"),
      left: element("span", "due-left"),
    };
    return Object.assign(listItem("due-row", ...Object.values(parts)), { parts });
  }

  function noneDue() {
    const parts = { title: element("b", "none-title"), next: element("span", "none-next"), left: element("span", "none-left") };
    return Object.assign(listItem("none-due", ...Object.values(parts)), { parts });
  }

  function axis() {
    return [element("i", "due-axis"), ...Array.from({ length: TICKS + 1 }, () => element("span", "due-tick"))];
  }

  bihuan.scenes.late = Late;
})();
