// The figure of the last 24 hours: a bar an hour by feed, over the band that is usual for that weekday and hour.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});

  const EVERY_HOURS = 6;
  const LINES = 4;

  function niceStep(top) {
    const rough = Math.max(1, top / LINES);
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
  }

  function bars(inflow, feed, colour, words) {
    const last = inflow.hours.length - 1;
    return {
      type: "bar",
      name: words.of("feed_short", feed),
      x: inflow.hours.map((_, index) => index),
      y: inflow.counts[feed],
      marker: { color: colour, line: { width: 0 }, opacity: inflow.hours.map((_, i) => (i === last ? 0.55 : 1)) },
      hoverinfo: "skip",
    };
  }

  function edge(inflow, values, fill, colours) {
    return {
      type: "scatter",
      mode: "lines",
      x: inflow.hours.map((_, index) => index),
      y: values,
      line: { width: fill ? 1 : 0, color: colours.edge, shape: "spline", smoothing: 0.6 },
      fill: fill ? "tonexty" : "none",
      fillcolor: colours.band,
      hoverinfo: "skip",
    };
  }

  bihuan.inflowFigure = function (inflow, words, style, rem) {
    const colour = (name) => style.getPropertyValue(name).trim();
    const colours = { band: colour("--band"), edge: colour("--band-edge") };
    const feeds = Object.keys(inflow.counts);
    const totals = inflow.hours.map((_, hour) => feeds.reduce((sum, feed) => sum + inflow.counts[feed][hour], 0));
    const top = Math.max(4, ...totals, ...inflow.high.map((value) => value || 0));
    const step = niceStep(top);
    const ticks = inflow.hours.map((at, index) => [index, words.hour(at)]).filter(([, hour]) => hour % EVERY_HOURS === 0);
    const font = { family: style.fontFamily, size: rem, color: colour("--text-3") };
    return {
      data: [
        edge(inflow, inflow.low, false, colours),
        edge(inflow, inflow.high, true, colours),
        ...feeds.map((feed, index) => bars(inflow, feed, colour(`--feed-${index + 1}`), words)),
      ],
      layout: {
        barmode: "stack",
        bargap: 0.42,
        dragmode: false,
        showlegend: false,
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font,
        margin: { l: 1.9 * rem, r: 0.2 * rem, t: 0.7 * rem, b: 1.6 * rem },
        xaxis: {
          range: [-0.6, inflow.hours.length - 0.4],
          tickvals: ticks.map(([index]) => index),
          ticktext: ticks.map(([, hour]) => words.t("{hour}:00", { hour })),
          showgrid: false,
          zeroline: false,
          fixedrange: true,
        },
        yaxis: {
          range: [0, top * 1.06],
          tickvals: [1, 2, 3, 4].map((times) => times * step).filter((value) => value <= top * 1.06),
          gridcolor: colour("--line"),
          zerolinecolor: colour("--line"),
          zeroline: true,
          fixedrange: true,
        },
      },
    };
  };
})();
