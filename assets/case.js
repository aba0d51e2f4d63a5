// A case's page: instants in words, clocks on one bar, the map, what changes meanwhile, and the minute of a reveal.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const $ = (id) => document.getElementById(id);
  const TICK = 1000;
  const SOON = 2 * 60 * 60 * 1000;
  const SVG = "http://www.w3.org/2000/svg";
  const UNITS = 1000;

  const words = () => (bihuan.office ? bihuan.office.words() : null);
  const t = (msgid, values) => words().t(msgid, values);
  const now = () => bihuan.office.now();
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  let page = null; // {root, code, asked, away}

  function say(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }

  // Times.

  function tellTimes() {
    if (!words()) return;
    for (const node of document.querySelectorAll("#case time[data-at], #consent time[data-at]")) say(node, words().when(Number(node.dataset.at), now()));
    for (const axis of document.querySelectorAll(".case-clocks")) tellAxis(axis);
    showMap();
  }

  // Every bar of a report lies on the same stretch of time; a line through all of them is now.
  function tellAxis(axis) {
    const begins = Number(axis.dataset.begins);
    const ends = Math.max(Number(axis.dataset.ends), begins + 1);
    const place = (at) => Math.min(100, Math.max(0, ((at - begins) / (ends - begins)) * 100));
    const at = place(now());
    axis.style.setProperty("--now", `${at}%`);
    axis.toggleAttribute("data-past", now() > ends);
    for (const clock of axis.querySelectorAll(".case-clock")) tellClock(clock, place);
  }

  function tellClock(node, place) {
    const read = (name) => (name in node.dataset ? Number(node.dataset[name]) : null);
    const [from, due, stopped, until, paused] = ["from", "due", "stopped", "until", "paused"].map(read);
    const asked = stopped || until || paused || now();
    const late = asked > due;
    const [bar, tick] = node.querySelector(".case-bar").children;
    bar.style.left = `${place(from)}%`;
    bar.style.width = `${Math.max(0.5, place(Math.min(asked, now())) - place(from))}%`;
    tick.style.left = `${place(due)}%`;
    node.dataset.near = stopped || until ? (late ? "late" : "done") : late ? "late" : due - asked < SOON ? "soon" : "";
    const span = (fine) => words().span(Math.abs(due - asked), fine);
    let text = late ? t("{span} over", { span: span(10) }) : t("{span} left", { span: span(3) });
    if (stopped) text = late ? t("done late {time}", { time: words().when(stopped, now()) }) : t("done {time}", { time: words().when(stopped, now()) });
    else if (until) text = t("ended {time}", { time: words().when(until, now()) });
    else if (paused && !late) text = t("stopped");
    say(node.querySelector(".case-clock-left"), text);
  }

  // The map: outlines of the townships, the case's own marked, a point for its village.

  function showMap() {
    const place = $("case-mark");
    if (!place || place.firstChild) return;
    const map = JSON.parse($("case-map").dataset.map);
    const mark = JSON.parse(place.dataset.mark);
    const draw = (name, props, parent) => {
      const node = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(props)) node.setAttribute(key, value);
      return parent.appendChild(node);
    };
    const [width, height] = map.aspect >= 1 ? [UNITS, UNITS / map.aspect] : [UNITS * map.aspect, UNITS];
    const svg = draw("svg", { viewBox: `-8 -8 ${width + 16} ${height + 16}`, class: "case-county", "aria-hidden": "true" }, place);
    map.places.forEach((each, number) => draw("path", { d: each.outline, "fill-rule": "evenodd", class: number === mark.township ? "case-here" : "case-there" }, svg));
    if (mark.at) draw("circle", { cx: mark.at[0], cy: mark.at[1], r: 16, class: "case-point" }, svg);
  }

  // What changes meanwhile.

  function hear(message) {
    if (!page) return;
    page.away = message.database === "away";
    showBlind();
    if (message.type !== "frame") return;
    if (message.anew) {
      bihuan.office.say({ open: page.code });
      again();
    }
    showPresent((message.present || {})[page.code] || []);
    const row = (message.rows || []).find((each) => each.code === page.code);
    const shown = $("case-shown");
    if (row && (!shown || row.version > Number(shown.dataset.version))) again();
  }

  function again() {
    set("case-ask", { data: { code: page.code, n: ++page.asked } });
  }

  function showPresent(names) {
    const others = names.filter((name) => name !== page.root.dataset.me);
    page.root.dataset.present = others.length ? t("{names} looking", { names: others.join("、") }) : "";
  }

  // Buttons look struck and keep the focus: whoever presses one is told why nothing is done, and a draft is written on.
  function showBlind() {
    if (page) page.root.toggleAttribute("data-blind", bihuan.office.blind() || page.away);
  }

  // A reveal lasts a minute on the screen, whatever else happens, and does not outlive the page.

  function tellReveal() {
    const left = $("reveal-left");
    if (!left) return;
    const rest = Number(left.dataset.until) - now();
    if (rest <= 0) wipe();
    else say(left, t("{s} s", { s: Math.ceil(rest / 1000) }));
  }

  function wipe() {
    const shown = $("reveal-shown");
    if (!shown || !shown.firstChild) return;
    for (const node of shown.querySelectorAll("p, li")) node.textContent = "";
    set("reveal-shown", { children: [] });
  }

  // Its form takes the focus when it is opened, and gives it back.
  document.addEventListener("toggle", (event) => event.target.id === "reveal-form" && event.target.open && $("reveal-reason").focus(), true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.closest("#reveal-form[open]")) return;
    $("reveal-form").open = false;
    $("reveal-open").focus();
  });

  window.addEventListener("pagehide", wipe);
  document.addEventListener("click", (event) => event.target.closest("#reveal-hide") && wipe());

  // The page comes and goes; Dash draws it.

  function mount(root) {
    page = { root, code: root.dataset.code, asked: 0, away: false };
    bihuan.office.say({ open: page.code });
    showBlind();
  }

  function leave() {
    page = null;
    bihuan.office.say({ open: null });
  }

  document.addEventListener("match:done", () => page && again()); // a refusal leaves no entry that the line would tell of

  let version = "";

  new MutationObserver(() => {
    const root = $("case");
    if (page && page.root !== root) leave();
    if (root && !page && words() && window.dash_clientside && window.dash_clientside.set_props) mount(root);
    const shown = $("case-shown");
    const seen = shown ? `${shown.dataset.code} ${shown.dataset.version}` : "";
    if (seen === version) return;
    version = seen;
    tellTimes();
    document.dispatchEvent(new CustomEvent("case:shown"));
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-version", "data-code"] });

  window.setInterval(() => {
    if (document.querySelector("#case, #consent[open]")) tellTimes();
    tellReveal();
    showBlind();
  }, TICK);
  document.addEventListener("DOMContentLoaded", () => bihuan.office.listen({ told: hear, lost: showBlind })); // read after this
})();
