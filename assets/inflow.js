// The chart of the last 24 hours: a bar an hour, stacked by feed, over the band that is usual for that weekday and hour.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});

  const EVERY_HOURS = 6;
  const LINES = 4;
  const ROUND = [1, 2, 5, 10];
  const LEAST_TOP = 4;
  const HEADROOM = 1.06;
  const BAR = 0.58; // of an hour's width
  const HALF_A_LABEL = 1.2; // of its size
  const MARGIN = { left: 1.9, right: 0.2, top: 0.7, bottom: 1.6 }; // rem

  class InflowChart {
    constructor(room) {
      this.room = room;
      this.svg = bihuan.shape("svg", { class: "inflow-svg", "aria-hidden": "true" });
      this.lines = bihuan.shape("g", { class: "axis" });
      this.band = bihuan.shape("path", { class: "usual" });
      this.bars = bihuan.shape("g", {});
      this.svg.append(this.lines, this.band, this.bars);
      room.append(this.svg);
    }

    draw(inflow, words) {
      const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const { clientWidth: width, clientHeight: height } = this.room;
      const feeds = Object.keys(inflow.counts);
      const totals = inflow.hours.map((_, hour) => feeds.reduce((sum, feed) => sum + inflow.counts[feed][hour], 0));
      const top = Math.max(LEAST_TOP, ...totals, ...inflow.high.map((value) => value || 0)) * HEADROOM;
      const left = MARGIN.left * size;
      const floor = height - MARGIN.bottom * size;
      const hour = (width - left - MARGIN.right * size) / inflow.hours.length;
      const place = { left, floor, hour, right: width - MARGIN.right * size, size };
      place.x = (index) => left + index * hour;
      place.y = (value) => floor - (value / top) * (floor - MARGIN.top * size);
      const step = bihuan.niceStep(Math.max(1, top / HEADROOM / LINES), ROUND);
      this.drawLines(inflow, step, top, place, words);
      this.drawBand(inflow, place);
      this.drawBars(inflow, feeds, place);
    }

    drawLines(inflow, step, top, place, words) {
      const { left, right, floor, hour, size } = place;
      const line = (y, kind) => bihuan.shape("line", { x1: left, x2: right, y1: y, y2: y, class: kind });
      const label = (x, y, anchor, words) => {
        const node = bihuan.shape("text", { x, y, "text-anchor": anchor });
        node.textContent = words;
        return node;
      };
      const parts = [line(floor, "floor")];
      for (let value = step; value <= top; value += step) {
        const y = place.y(value);
        parts.push(line(y, "grid"), label(left - 0.45 * size, y + 0.35 * size, "end", String(value)));
      }
      inflow.hours.forEach((at, index) => {
        const clock = words.hour(at);
        if (clock % EVERY_HOURS) return;
        const x = Math.min(place.x(index) + hour / 2, right - HALF_A_LABEL * size); // the last one stays within the chart
        parts.push(label(x, floor + 1.25 * size, "middle", words.t("{hour}:00", { hour: clock })));
      });
      this.lines.replaceChildren(...parts);
    }

    // Where a stretch of hours has a usual band, it is drawn from the middle of its first hour to that of its last.
    drawBand(inflow, place) {
      const middle = (index) => place.x(index) + place.hour / 2;
      const known = inflow.hours.map((_, index) => index).filter((index) => inflow.high[index] !== null);
      if (!known.length) return this.band.setAttribute("d", "");
      const edge = (index, values) => `${middle(index).toFixed(1)},${place.y(values[index]).toFixed(1)}`;
      const there = known.map((index) => edge(index, inflow.high));
      const back = known.reverse().map((index) => edge(index, inflow.low));
      this.band.setAttribute("d", `M${there.join("L")}L${back.join("L")}Z`);
    }

    drawBars(inflow, feeds, place) {
      const rooms = inflow.hours.length * feeds.length;
      while (this.bars.childElementCount < rooms) this.bars.append(bihuan.shape("rect", { class: "inflow-bar" }));
      const inset = (place.hour * (1 - BAR)) / 2;
      inflow.hours.forEach((_, index) => {
        let below = 0;
        feeds.forEach((feed, number) => {
          const bar = this.bars.children[index * feeds.length + number];
          const count = inflow.counts[feed][index];
          bihuan.shaped(bar, {
            x: (place.x(index) + inset).toFixed(1),
            width: (place.hour * BAR).toFixed(1),
            y: place.y(below + count).toFixed(1),
            height: (place.y(below) - place.y(below + count)).toFixed(1),
            "data-feed": number + 1,
          });
          bar.toggleAttribute("data-running", index === inflow.hours.length - 1);
          below += count;
        });
      });
    }
  }

  bihuan.InflowChart = InflowChart;
})();
