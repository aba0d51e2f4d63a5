// Scene 3: how the townships stand this week: rank, score, each rate with what it is made of, and eight weeks of scores.
(function () {
  "use strict";
  const { bihuan } = window;
  const { element, listItem, text, byId: $, rem, shape, shaped, PAGE_SECONDS } = bihuan;

  const ROW_HEIGHT = 3.3; // rem, the least a township needs
  const TALLEST_ROW = 4.4;
  const SPARK = { width: 100, height: 40, inset: 5 };
  const LEAST_RANGE = 10; // points a sparkline's height stands for at least

  class Townships {
    constructor(wall) {
      this.wall = wall;
      this.t = wall.t;
      this.words = wall.words;
      this.rows = [];
    }

    show(body) {
      if (body.failed.includes("standings")) throw new Error("the ranking can't be reckoned");
      this.ranking = body.ranking;
      const room = $("ranking-list");
      if (!this.ranking) {
        room.dataset.empty = this.t("The scores are being counted");
        return;
      }
      const { rows } = this.ranking;
      this.ranked = rows.filter((row) => row.rank !== null);
      this.showFoot(rows.filter((row) => row.rank === null)); // first: what it takes is not the list's
      room.dataset.empty = this.ranked.length ? "" : this.t("No township has enough cases for a rank yet");
      this.fitting = Math.max(1, Math.floor(room.clientHeight / (ROW_HEIGHT * rem()) + 0.05));
      this.pages = Math.max(1, Math.ceil(this.ranked.length / this.fitting));
      const filled = Math.min(this.fitting, Math.max(1, this.ranked.length));
      const height = Math.min(TALLEST_ROW, room.clientHeight / rem() / filled);
      room.style.setProperty("--row", `${Math.max(ROW_HEIGHT, height)}rem`);
      this.range = spread(rows.flatMap((row) => row.weeks));
      this.drawPage(Math.min(this.page || 0, this.pages - 1));
    }

    tick(at) {
      this.wall.say("ranking-aside", this.ranking ? this.t("as of {time}", { time: this.words.time(this.ranking.at) }) : "");
      if (!this.ranking) return;
      const { week } = this.ranking;
      this.wall.say("ranking-week", this.t("week {week}", { week }));
      this.wall.say("ranking-period", this.period(this.ranking));
      const page = Math.floor(at / (PAGE_SECONDS * 1000)) % this.pages;
      if (page !== this.page) this.drawPage(page);
      this.turnUnranked(at);
    }

    // While a week ranks too few, the one before is shown; in a meeting the week it is about.
    period({ begins, ends, at, why }) {
      const start = this.words.day(begins);
      if (!why) return this.t("{start} to {end} · ranks against last week", { start, end: `${this.words.day(at)} ${this.words.minute(at)}` });
      const whole = { start, end: this.words.day(ends - 1) };
      if (why === "meeting") return this.t("{start} to {end} · reviewed in the meeting that is being held", whole);
      return this.t("last week, {start} to {end} · too few cases this week yet", whole);
    }

    // The unranked have a few lines; what does not fit follows on the next page, which turns by itself.
    turnUnranked(at) {
      const room = $("ranking-unranked-list");
      const pages = Math.max(1, Math.ceil(room.scrollHeight / Math.max(1, room.clientHeight) - 0.1));
      const page = Math.floor(at / (PAGE_SECONDS * 1000)) % pages;
      room.scrollTop = page * room.clientHeight;
      this.wall.say("ranking-unranked-page", pages > 1 ? this.t("page {page} of {pages}", { page: page + 1, pages }) : "");
    }

    drawPage(page) {
      this.page = page;
      const shown = this.ranked.slice(page * this.fitting, (page + 1) * this.fitting);
      const room = $("ranking-list");
      const rates = this.ranking.rates.length;
      while (room.childElementCount > shown.length) room.lastElementChild.remove();
      shown.forEach((row, index) => {
        const known = room.children[index];
        const node = known && known.parts.rates.length === rates ? known : rankRow(rates);
        if (node !== known) known ? known.replaceWith(node) : room.append(node);
        this.fill(node, row);
      });
    }

    fill(node, row) {
      const { parts } = node;
      text(parts.rank, String(row.rank));
      text(parts.name, row.township);
      text(parts.change, row.change === null ? this.t("new") : row.change === 0 ? "–" : row.change > 0 ? `↑${row.change}` : `↓${-row.change}`);
      parts.change.dataset.way = row.change > 0 ? "up" : row.change < 0 ? "down" : "same";
      text(parts.score, row.score.toFixed(1));
      parts.bar.style.transform = `scaleX(${Math.max(0, Math.min(1, row.score / this.ranking.most)).toFixed(4)})`;
      const few = this.t("fewer than {n}", { n: this.ranking.fewest });
      text(parts.given, row.given === null ? few : String(row.given));
      parts.given.toggleAttribute("data-few", row.given === null);
      row.rates.forEach((rate, index) => fillRate(parts.rates[index], rate, few));
      this.spark(parts.spark, row.weeks);
    }

    fewCases(row, finish) {
      return this.t("{township}: {of} due, fewer than {least} (in time {part}/{of}, 95 % interval {low}–{high})", {
        township: row.township,
        of: finish.of,
        part: finish.part,
        least: this.ranking.least,
        low: Math.round(row.interval[0] * 100),
        high: Math.round(row.interval[1] * 100),
      });
    }

    spark(svg, weeks) {
      const [low, high] = this.range;
      const x = (index) => SPARK.inset + (index * (SPARK.width - 2 * SPARK.inset)) / (weeks.length - 1);
      const y = (score) => SPARK.height - SPARK.inset - ((score - low) / (high - low)) * (SPARK.height - 2 * SPARK.inset);
      let pen = "M";
      const path = weeks.map((score, index) => {
        if (score === null) {
          pen = "M";
          return "";
        }
        const step = `${pen}${x(index).toFixed(1)},${y(score).toFixed(1)}`;
        pen = "L";
        return step;
      });
      const [line, dot] = svg.children;
      shaped(line, { d: path.join("") });
      const last = weeks.length - 1;
      // A line of no length with round ends: it stays round however the room is stretched.
      shaped(dot, { d: weeks[last] === null ? "" : `M${x(last).toFixed(1)},${y(weeks[last]).toFixed(1)}h0` });
    }

    showFoot(rows) {
      const finished = (row) => row.rates.find((rate) => rate.key === "finished") || { of: 0 };
      const those = (of) => rows.filter((row) => finished(row).of === of).map((row) => row.township).join(this.t(", "));
      const told = rows.filter((row) => finished(row).of).map((row) => this.fewCases(row, finished(row)));
      const [few, none] = [those(null), those(0)];
      if (few) told.push(this.t("fewer than {n} were due: {townships}", { n: this.ranking.fewest, townships: few }));
      if (none) told.push(this.t("nothing was due: {townships}", { townships: none }));
      $("ranking-unranked").hidden = !told.length;
      this.wall.say("ranking-unranked-list", told.join("　"));
      const { rules, calendar, position, fingerprint, most } = this.ranking;
      this.wall.say("ranking-key", this.t("out of {most} points · amber and underlined is under target · rates count clocks that ended in the period", { most }));
      this.wall.say("ranking-basis", this.t("rules {rules} · calendar {calendar} · journal #{position} · fingerprint {fingerprint}", {
        rules,
        calendar,
        position: position.toLocaleString("en"),
        fingerprint,
      }));
    }
  }

  // One scale for all sparklines, or nobody could compare them.
  function spread(scores) {
    const known = scores.filter((score) => score !== null);
    if (!known.length) return [0, 100];
    const low = Math.min(...known);
    const high = Math.max(...known);
    const more = Math.max(0, LEAST_RANGE - (high - low)) / 2;
    return [low - more, high + more];
  }

  // A rate of so few cases that they may not be told is no rate either.
  function fillRate(node, rate, few) {
    const known = rate.of > 0;
    text(node.parts.value, known ? bihuan.percent(rate.part, rate.of) : "—");
    text(node.parts.parts, known ? `${rate.part}/${rate.of}` : rate.of === null ? few : "");
    node.toggleAttribute("data-low", known && rate.target !== null && rate.part < rate.target * rate.of);
    node.parts.bar.hidden = !known;
    node.parts.fill.style.transform = `scaleX(${known ? (rate.part / rate.of).toFixed(4) : 0})`;
    node.parts.target.hidden = rate.target === null;
    node.style.setProperty("--target", `${(100 * rate.target).toFixed(1)}%`);
  }

  function rateCell() {
    const parts = {
      value: element("b", "rate-value"),
      parts: element("span", "rate-parts"),
      fill: element("i", "rate-fill"),
      target: element("i", "rate-target"),
    };
    parts.bar = element("span", "rate-bar", parts.fill, parts.target);
    return Object.assign(element("span", "rate", parts.value, parts.parts, parts.bar), { parts });
  }

  function rankRow(rates) {
    const svg = shape("svg", { class: "spark", viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, preserveAspectRatio: "none" });
    svg.append(shape("path", { class: "spark-line" }), shape("path", { class: "spark-dot" }));
    const parts = {
      rank: element("span", "rank"),
      name: element("span", "rank-name"),
      change: element("span", "rank-change"),
      score: element("b", "score-value"),
      bar: element("i", "score-fill"),
      given: element("b", "given"),
      rates: Array.from({ length: rates }, rateCell),
      spark: svg,
    };
    const name = element("span", "rank-who", parts.name, parts.change);
    const score = element("span", "score", parts.score, element("span", "score-bar", parts.bar));
    return Object.assign(listItem("rank-row", parts.rank, name, score, parts.given, ...parts.rates, svg), { parts });
  }

  bihuan.scenes.townships = Townships;
})();
