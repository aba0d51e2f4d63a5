// What the scenes of the wall share, and the tablet that chooses among them.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});

  bihuan.scenes = {}; // name → class with show(body) and tick(at)
  bihuan.BLIND = new Set(["silent", "absent", "reconnecting", "refused"]);
  bihuan.FINE_OVERDUE = 10; // days up to which being overdue is told to the hour

  bihuan.DUE_SOON = 2 * 3600 * 1000; // milliseconds before a deadline from which it is near
  bihuan.PAGE_SECONDS = 12; // for which a page of a list stays

  // Which scene the plan shows at an instant, the same on every wall, which comes next, and in how many seconds.
  bihuan.planned = function (plan, now) {
    const whole = plan.reduce((sum, { seconds }) => sum + seconds, 0);
    let past = (now / 1000) % whole;
    let index = 0;
    while (index < plan.length - 1 && past >= plan[index].seconds) past -= plan[index++].seconds;
    return { scene: plan[index].scene, next: plan[(index + 1) % plan.length].scene, left: plan[index].seconds - past };
  };

  // The least round number that is no less: one of the factors times a power of ten.
  bihuan.niceStep = function (rough, factors) {
    if (rough <= 0) return 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    return factors.map((factor) => factor * power).find((step) => step >= rough);
  };

  // 100 is said of all alone: 9,999 of 10,000 are 99.9.
  bihuan.percent = function (part, whole) {
    return part === whole ? "100" : Math.min(99.9, (100 * part) / whole).toFixed(1);
  };

  // An item of a list (`listing` in Python): screen readers count them.
  bihuan.listItem = function (className, ...children) {
    const node = bihuan.element("div", className, ...children);
    node.setAttribute("role", "listitem");
    return node;
  };

  // A mark whose shape says what its colour says.
  bihuan.sign = function (colour) {
    const node = bihuan.element("span", "mark");
    node.dataset.colour = colour;
    node.setAttribute("aria-hidden", "true");
    return node;
  };
})();
