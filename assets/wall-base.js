// What every scene of the wall shares.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});

  bihuan.scenes = {}; // name → class with show(body) and tick(at)
  bihuan.BLIND = new Set(["silent", "absent", "reconnecting", "refused"]);
  bihuan.FINE_OVERDUE = 10; // days up to which being overdue is told to the hour

  // 100 is said of all alone: 9,999 of 10,000 are 99.9.
  bihuan.percent = function (part, whole) {
    return part === whole ? "100" : Math.min(99.9, (100 * part) / whole).toFixed(1);
  };

  // A mark whose shape says what its colour says.
  bihuan.sign = function (colour) {
    const node = bihuan.element("span", "mark");
    node.dataset.colour = colour;
    node.setAttribute("aria-hidden", "true");
    return node;
  };
})();
