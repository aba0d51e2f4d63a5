// Scene 4: where trouble gathers: open cases per 10,000 people on the county's map, what they are about, and what has risen.
(function () {
  "use strict";
  const { bihuan } = window;
  const { element, text, byId: $, shape, shaped } = bihuan;

  const STEPS = 5;
  const BOX = 1000;
  const CATEGORY_ROWS = 9;

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
      this.showCategories(body.categories);
      this.showRises(body.rises);
    }

    tick() {
      this.wall.say("heat-aside", this.wall.asOf());
      this.wall.say("mix-aside", this.wall.asOf());
      const { rises } = this.body;
      this.wall.say("rises-aside", rises ? this.t("as of {time}", { time: this.words.time(rises.at) }) : "");
    }

    // Five steps between nothing and the highest rate, at round numbers.
    showMap(heat) {
      const top = Math.max(0, ...heat.map((place) => place.per_10000 || 0));
      const step = niceStep(top / STEPS);
      for (const place of heat) {
        const known = this.places.get(place.township);
        if (!known) continue;
        const level = place.per_10000 === null ? 0 : Math.min(STEPS, Math.ceil(place.per_10000 / step));
        for (const part of [known.outline, known.name, known.rate]) shaped(part, { "data-level": level });
        const told = place.per_10000 === null ? this.t("fewer than 5") : place.per_10000.toFixed(1);
        if (known.rate.textContent !== told) known.rate.textContent = told;
      }
      const entries = Array.from({ length: STEPS }, (_, index) => {
        const swatch = element("i", "swatch map-swatch");
        swatch.dataset.level = index + 1;
        return element("span", "legend-entry", swatch, `${round(index * step)}–${round((index + 1) * step)}`);
      });
      $("heat-legend").replaceChildren(element("span", "legend-entry", this.t("open cases per 10,000 people")), ...entries);
    }

    showCategories(categories) {
      const shown = categories.slice(0, CATEGORY_ROWS);
      const rest = categories.slice(CATEGORY_ROWS).reduce((sum, row) => sum + row.open, 0);
      const rows = shown.map((row) => [this.words.of("category", row.category), row.open]);
      if (rest) rows.push([this.t("all others"), rest]);
      const total = categories.reduce((sum, row) => sum + row.open, 0);
      const top = Math.max(1, ...shown.map((row) => row.open));
      const room = $("mix-list");
      room.dataset.empty = rows.length ? "" : this.t("Nothing in hand");
      while (room.childElementCount > rows.length) room.lastElementChild.remove();
      rows.forEach(([name, open], index) => {
        const row = room.children[index] || room.appendChild(mixRow());
        text(row.parts.name, name);
        text(row.parts.count, String(open));
        text(row.parts.share, `${Math.round((100 * open) / total)}%`);
        row.parts.bar.style.transform = `scaleX(${Math.min(1, open / top).toFixed(4)})`;
        row.toggleAttribute("data-rest", index >= shown.length);
      });
    }

    showRises(rises) {
      const room = $("rises-list");
      const rows = (rises && rises.rows) || [];
      room.dataset.empty = rows.length ? "" : this.noRise(rises);
      room.replaceChildren(...rows.map((rise) => this.riseRow(rise)));
    }

    noRise(rises) {
      if (!rises) return this.t("Being counted");
      return rises.weeks >= 4 ? this.t("Nothing beyond its usual range this week") : this.t("Too little history for a usual range yet");
    }

    riseRow(rise) {
      const what = [rise.township || this.t("whole county"), rise.category ? this.words.of("category", rise.category) : ""].filter(Boolean).join(" · ");
      const usual = rise.usual === null ? this.t("usually up to {limit}", { limit: rise.limit }) : this.t("usually {usual}, up to {limit}", { usual: round(rise.usual), limit: rise.limit });
      return element("div", "rise", element("span", "rise-what", what), element("b", "rise-count", `↑ ${rise.count}`), element("span", "rise-usual", usual));
    }
  }

  function round(number) {
    return String(Math.round(number * 10) / 10);
  }

  function niceStep(rough) {
    if (rough <= 0) return 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((factor) => factor * power).find((step) => step >= rough);
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
