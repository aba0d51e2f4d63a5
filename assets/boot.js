// Runs before anything is painted: the theme of the page that was asked for, and a second try for a page that never came.
(function () {
  "use strict";
  const LOOK_EVERY = 4000;
  const root = document.documentElement;
  const wall = location.pathname === "/wall";
  root.dataset.page = wall ? "wall" : "other";
  root.dataset.theme = wall ? "dark" : "light";
  root.lang = /[?&]lang=en(&|$)/.test(location.search) ? "en" : "zh-CN";
  if (!wall) return;

  // A server that dies between the page and its parts would leave a wall without a script of its own. Reload only
  // when it answers again: a reload that fails would leave the browser's error page, for ever.
  const watching = window.setInterval(function () {
    if (document.getElementById("wall")) {
      window.clearInterval(watching);
      return;
    }
    fetch("/healthz", { cache: "no-store" }).then(
      function () {
        if (performance.now() > 3 * LOOK_EVERY && !document.getElementById("wall")) location.reload();
      },
      function () {}
    );
  }, LOOK_EVERY);
})();
