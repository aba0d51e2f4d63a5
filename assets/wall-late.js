// Scene 2: every overdue assignment, gravest first, with the step of the ladder it has come to; and what comes due next.
(function () {
  "use strict";
  const { bihuan } = window;
  const { element, text, byId: $, rem, FINE_OVERDUE } = bihuan;

  const ROW_HEIGHT = 2.5;
  const PAGE_SECONDS = 12;
  const MINUTE = 60 * 1000;
  const SPAN = 120 * MINUTE;
  const TICKS = 4; // half hours
  const DUE_ROW = 2.3;

  class Late {
    constructor(wall) {
      this.wall = wall;
      this.t = wall.t;
      this.words = wall.words;
      this.rows = [];
      this.due = [];
    }

    show(body) {
      this.body = body;
      this.showCounts(body.late.by_colour);
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
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      $("late-counts").replaceChildren(element("span", "late-total", this.t("{n} assignments", { n: total })), ...parts);
    }

    // Whole rows only; what does not fit follows on the next page, which turns by itself.
    showRows(rows) {
      const room = $("late-list");
      this.fitting = Math.max(1, Math.floor(room.clientHeight / (ROW_HEIGHT * rem())));
      this.pages = Math.max(1, Math.ceil(rows.length / this.fitting));
      room.dataset.empty = rows.length ? "" : this.t("Nothing is overdue");
      this.drawPage(Math.min(this.page || 0, this.pages - 1));
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
      shown.forEach((item, index) => this.fill(this.rows[index], item, shown[index - 1]));
      const total = Object.values(this.body.late.by_colour).reduce((sum, count) => sum + count, 0);
      const hidden = total - this.body.late.rows.length;
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
      text(parts.step, item.step || this.t("no reminder yet"));
      parts.step.toggleAttribute("data-none", !item.step);
      text(parts.span, this.words.span(this.wall.at() - item.due_at, FINE_OVERDUE));
    }

    showUpcoming(cards) {
      const room = $("upcoming-list");
      room.dataset.empty = cards.length ? "" : this.t("No deadline in the next two hours");
      this.cards = cards;
      if (this.due.length !== cards.length) {
        this.due = cards.map(dueRow);
        room.replaceChildren(...axis(), ...this.due);
      }
      cards.forEach((card, index) => this.fillDue(this.due[index], card));
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
      const counted = this.body.headline.due_soon - (this.due.length - unseen);
      this.wall.say("upcoming-more", counted > 0 ? this.t("{n} more not shown", { n: counted }) : "");
    }
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
    const node = element("div", "late-row", ...Object.values(parts));
    node.setAttribute("role", "listitem");
    return Object.assign(node, { parts });
  }

  function dueRow() {
    const parts = {
      time: element("span", "due-time"),
      mark: bihuan.sign(""),
      title: element("span", "due-title"),
      where: element("span", "due-where"),
      left: element("span", "due-left"),
    };
    return Object.assign(element("div", "due-row", ...Object.values(parts)), { parts });
  }

  function axis() {
    return [element("i", "due-axis"), ...Array.from({ length: TICKS + 1 }, () => element("span", "due-tick"))];
  }

  bihuan.scenes.late = Late;
})();
