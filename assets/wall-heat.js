// Scene 4: where trouble gathers: open cases per 10,000 people on the county's map, what they are about, and what has risen.
(function () {
  "use strict";
  const { bihuan } = window;
  const { element, listItem, text, byId: $, rem, shape, shaped } = bihuan;

  const STEPS = 5;
  const BOX = 1000;
  const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  const MIX_ROW = 1.85; // rem, the least a row of a list needs
  const TALLEST_ROW = 3.8;

  class Heat {
    constructor(wall) {
      this.wall = wall;
      this.t = wall.t;
      this.words = wall.words;
      const map = JSON.parse($("scene-heat").dataset.map);
      this.places = new Map();
      $("heat-map").append(this.draw(map));
    }

    draw(map) {
      const width = BOX * Math.min(1, map.aspect);
      const height = BOX / Math.max(1, map.aspect);
      $("scene-heat").style.setProperty("--map-aspect", map.aspect);
      const svg = shape("svg", { class: "map", viewBox: `0 0 ${width.toFixed(0)} ${height.toFixed(0)}`, preserveAspectRatio: "xMidYMid meet" });
      const labels = shape("g", {});
      for (const place of map.places) {
        const outline = shape("path", { class: "map-place", d: place.outline });
        const [x, y] = place.label;
        const name = shape("text", { class: "map-name", x, y: y - 8, "text-anchor": "middle" });
        const rate = shape("text", { class: "map-rate", x, y: y + 34, "text-anchor": "middle" });
        name.textContent = place.township;
        svg.append(outline);
        labels.append(name, rate);
        this.places.set(place.township, { outline, name, rate });
      }
      svg.append(labels);
      return svg;
    }

    show(body) {
      if (body.failed.includes("rises")) throw new Error("what has risen can't be reckoned");
      this.body = body;
      this.showMap(body.heat);
      this.showPlaces(body.heat);
      this.showRises(body.rises); // before the categories: what it takes is not theirs
      this.showCategories(body.categories);
    }

    tick() {
      this.wall.say("heat-aside", this.wall.asOf());
      this.wall.say("places-aside", this.wall.asOf());
      this.wall.say("mix-aside", this.wall.asOf());
      const { rises } = this.body;
      this.wall.say("heat-hot", rises ? this.hot(rises.hot) : "");
      this.wall.say("rises-aside", rises ? this.t("as of {time}", { time: this.words.time(rises.at) }) : "");
    }

    // Five steps between nothing and the highest rate, at round numbers; none where there is nothing to tell apart.
    showMap(heat) {
      const top = Math.max(0, ...heat.map((place) => place.per_10000 || 0));
      const step = bihuan.niceStep(top / STEPS, ROUND);
      for (const place of heat) {
        const known = this.places.get(place.township);
        if (!known) continue;
        const level = place.per_10000 === null ? 0 : Math.min(STEPS, Math.ceil(place.per_10000 / step));
        for (const part of [known.outline, known.name, known.rate]) shaped(part, { "data-level": level });
        text(known.rate, this.rate(place));
        known.rate.toggleAttribute("data-few", place.open === null);
      }
      const entries = Array.from({ length: top ? STEPS : 0 }, (_, index) => {
        const swatch = element("i", "swatch map-swatch");
        swatch.dataset.level = index + 1;
        return element("span", "legend-entry", swatch, `${round(index * step)}–${round((index + 1) * step)}`);
      });
      if (!top) entries.push(heat.some((place) => place.open !== 0) ? this.t("too few for a colour") : this.t("Nothing in hand"));
      $("heat-legend").replaceChildren(...entries);
    }

    // What is not told is fewer than a number that says nothing about it alone.
    rate(place) {
      if (place.open === null) return this.t("fewer than {n}", { n: place.fewer_than });
      if (place.open === 0) return "0";
      return place.per_10000 === null ? "—" : place.per_10000.toFixed(1);
    }

    // On a wide wall: the map's numbers as a list, the highest first.
    showPlaces(heat) {
      const room = $("places-list");
      const ranked = [...heat].sort((one, other) => rank(other) - rank(one));
      const top = Math.max(1, ...heat.map((place) => place.per_10000 || 0));
      const rows = ranked.map((place) => ({
        name: place.township,
        bar: (place.per_10000 || 0) / top,
        count: this.rate(place),
        share: place.open ? this.t("{n} cases", { n: place.open }) : "",
      }));
      fillMix(room, rows.slice(0, fitting(room)));
    }

    // As many categories as have room; all others, with those of few cases, are one row, so that the sum stays whole.
    showCategories(categories) {
      const room = $("mix-list");
      const rows = fitting(room);
      const named = categories.filter((row) => row.category !== null);
      const shown = categories.length > rows ? named.slice(0, rows - 1) : named;
      const others = categories.slice(shown.length);
      const total = sum(categories);
      const top = Math.max(1, ...shown.map((row) => row.open));
      const told = (name, open) => ({ name, bar: open / top, count: String(open), share: `${Math.round((100 * open) / total)}%` });
      const rest = { ...told(this.t("all others"), sum(others)), bar: null };
      const few = others.find((row) => row.open === null);
      if (few) Object.assign(rest, { count: this.t("fewer than {n}", { n: few.fewer_than }), share: "" });
      room.dataset.empty = categories.length ? "" : this.t("Nothing in hand");
      fillMix(room, [...shown.map((row) => told(this.words.of("category", row.category), row.open)), ...(others.length ? [rest] : [])]);
    }

    showRises(rises) {
      const room = $("rises-list");
      const rows = (rises && rises.rows) || [];
      room.dataset.empty = rows.length ? "" : this.noRise(rises);
      room.replaceChildren(...rows.map((rise) => this.riseRow(rise)));
    }

    // Matters that many told: as counts only, and none where there is nothing to count.
    hot({ matters, most, fewest }) {
      if (matters === 0) return "";
      if (matters === null) return this.t("hot matters: fewer than {n}", { n: fewest });
      if (most === null) return this.t("hot matters: {n}", { n: matters });
      return this.t("hot matters: {n}, one with {most} reports", { n: matters, most });
    }

    noRise(rises) {
      if (!rises) return this.t("Being counted");
      return rises.weeks >= 4 ? this.t("Nothing beyond its usual range this week") : this.t("Too little history for a usual range yet");
    }

    riseRow(rise) {
      const what = [rise.township || this.t("County"), rise.category ? this.words.of("category", rise.category) : ""].filter(Boolean).join("·");
      const usual = rise.usual === null ? this.t("usually up to {limit}", { limit: rise.limit }) : this.t("usually {usual}, up to {limit}", { usual: round(rise.usual), limit: rise.limit });
      const range = element("span", "rise-range");
      range.style.setProperty("--limit", `${((100 * rise.limit) / rise.count).toFixed(1)}%`);
      return listItem("rise", element("span", "rise-what", what), element("b", "rise-count", `↑ ${rise.count}`), range, element("span", "rise-usual", usual));
    }
  }

  function sum(categories) {
    return categories.reduce((total, row) => total + row.open, 0);
  }

  function round(number) {
    return String(Math.round(number * 10) / 10);
  }

  // Where a township stands in the list: those with too few cases for a number before those with none.
  function rank(place) {
    return place.open === 0 ? -1 : place.per_10000 || 0;
  }

  function fitting(room) {
    return Math.max(2, Math.floor(room.clientHeight / (MIX_ROW * rem()) + 0.05));
  }

  // `bar` is a share of the longest one, null for a row that has none.
  function fillMix(room, rows) {
    while (room.childElementCount > rows.length) room.lastElementChild.remove();
    const height = room.clientHeight / rem() / Math.max(1, rows.length);
    room.style.setProperty("--row", `${Math.max(MIX_ROW, Math.min(TALLEST_ROW, height))}rem`);
    rows.forEach(({ name, bar, count, share }, index) => {
      const row = room.children[index] || room.appendChild(mixRow());
      text(row.parts.name, name);
      text(row.parts.count, count);
      text(row.parts.share, share);
      row.parts.bar.style.transform = `scaleX(${(bar || 0).toFixed(4)})`;
      row.toggleAttribute("data-rest", bar === null);
    });
  }

  function mixRow() {
    const parts = {
      name: element("span", "mix-name"),
      bar: element("i", "mix-fill"),
      count: element("b", "mix-count"),
      share: element("span", "mix-share"),
    };
    const node = element("div", "mix-row", parts.name, element("span", "mix-bar", parts.bar), parts.count, parts.share);
    return Object.assign(node, { parts });
  }

  bihuan.scenes.heat = Heat;
})();
