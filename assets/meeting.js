// The meeting's panel over the review: opens and closes, puts scenes on the walls, records and settles. The server draws its lists.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const $ = (id) => document.getElementById(id);
  const LOOK_EVERY = 15 * 1000;
  const ANSWER_WITHIN = 15 * 1000;
  const SURE_FOR = 4000;
  const IDLE_AFTER = 15 * 60 * 1000; // without a hand on it nothing is asked that keeps the session alive
  const BARE = new Set(["state", "days"]);
  const ROOMS = ["state", "days", "decided", "earlier", "objections"];

  const words = () => (bihuan.office ? bihuan.office.words() : null);
  const t = (msgid, values) => words().t(msgid, values);
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  let room = null; // {root, plan, stage, held, sheet, unit, day, waits, ...} while the page has a panel
  let asked = 0;
  let touched = Date.now();

  const make = (...told) => bihuan.make(...told);

  const shown = () => ($("review-shown") ? $("review-shown").dataset : null);

  // Asking, and what is told.

  function ask(what, fields) {
    if (!shown() || (room.waits && what === "look")) return;
    if (bihuan.office.blind()) {
      if (what !== "look") bihuan.office.tellBlind();
      return;
    }
    if (what !== "look") {
      window.clearTimeout(room.unanswered);
      room.unanswered = window.setTimeout(unanswered, ANSWER_WITHIN);
      room.waits = what;
      room.root.setAttribute("aria-busy", "true");
    }
    const { name, fingerprint } = shown();
    set("meeting-ask", { data: { n: ++asked, do: what, name, fingerprint, fields: fields || {} } });
  }

  function unanswered() {
    rest();
    say(t("No answer came; please try again."), true);
  }

  function rest() {
    if (!room) return;
    window.clearTimeout(room.unanswered);
    room.waits = null;
    room.root.removeAttribute("aria-busy");
  }

  function told(answer) {
    if (!room || !answer || answer.n !== asked) return;
    rest();
    const { kind } = answer;
    room.stage = answer.stage;
    room.walls = answer.walls;
    room.held = answer.held;
    if (kind !== "told") say(answer.sentence, kind === "refused");
    if (kind === "done") settled(answer.do);
    draw(answer);
    for (const button of room.root.querySelectorAll("[data-sheet]")) {
      const count = answer.counts[button.dataset.sheet];
      button.querySelector(".meeting-count").textContent = count === undefined ? "" : count;
    }
    reopen();
    showWalls();
    showHeld();
  }

  // A meeting that is being held is on the screen again after a reload.
  function reopen() {
    if (!shown()) return;
    if (!room.met && room.held === shown().name) showPanel(true);
    room.met = true;
  }

  function draw(answer) {
    const settledOne = answer.kind === "done" && answer.do === "object";
    const kept = { days: document.activeElement && document.activeElement.id === "meeting-day", objections: !settledOne && settles() };
    for (const name of ROOMS) {
      if (!kept[name]) bihuan.draw($(BARE.has(name) ? `meeting-${name}` : `meeting-${name}-told`), answer.drawn[name]);
    }
    if (kept.objections) freshen(answer.drawn.objections);
    if (!kept.days) buildFields();
    buildReasons();
    markPicked();
  }

  // What was done changes what the review below tells; what was written for it is done with.
  function settled(what) {
    if (what === "decide") {
      $("meeting-matter").value = "";
      room.unit = room.day = null;
      setCase("");
      open("decided");
    }
    if (["decide", "settle", "object"].includes(what)) bihuan.review.again();
  }

  function say(sentence, refused) {
    const place = $("meeting-said");
    place.textContent = sentence;
    place.toggleAttribute("data-refused", Boolean(refused));
  }

  // Somebody is about to settle an objection: their words are not wiped away, only told of which version of the case they are.
  const settles = () => room.root.querySelector(".meeting-settling:not([hidden])") !== null;

  function freshen(drawn) {
    const items = drawn.flatMap(([, , children]) => children).filter(Array.isArray);
    for (const [, told] of items) {
      const item = room.root.querySelector(`li[data-case="${CSS.escape(told["data-case"])}"][data-span="${CSS.escape(told["data-span"])}"]`);
      if (item) item.dataset.version = told["data-version"];
    }
  }

  // The panel.

  function toggle() {
    showPanel(room.root.hidden);
    if (room.root.hidden) return;
    ask("look");
    room.root.scrollIntoView({ block: "nearest" });
  }

  function showPanel(shows) {
    room.root.hidden = !shows;
    $("review-meeting").setAttribute("aria-expanded", String(shows));
  }

  function open(name) {
    room.sheet = name;
    for (const button of room.root.querySelectorAll("[data-sheet]")) {
      const here = button.dataset.sheet === name;
      button.setAttribute("aria-expanded", String(here));
      $(`meeting-${button.dataset.sheet}`).hidden = !here;
    }
    if (name && room.root.getBoundingClientRect().top < 0) room.root.scrollIntoView({ block: "start" });
  }

  function showHeld() {
    const about = shown() ? shown().name : "";
    room.root.toggleAttribute("data-held", room.held === about);
    $("review").toggleAttribute("data-meeting", Boolean(room.held) && room.held === about);
    offerLines();
  }

  // The walls: what somebody put on them, or what their plan shows at this instant.

  function planned(now) {
    const whole = room.plan.reduce((sum, { seconds }) => sum + seconds, 0);
    let past = (now / 1000) % whole;
    let index = 0;
    while (index < room.plan.length - 1 && past >= room.plan[index].seconds) past -= room.plan[index++].seconds;
    return room.plan[index].scene;
  }

  function showWalls() {
    const place = $("meeting-wall");
    if (!place || !room.plan.length || room.root.hidden || room.walls === undefined) return;
    const now = bihuan.office.now();
    const held = room.stage && room.stage.until > now ? room.stage : null;
    const on = held ? held.scene : planned(now);
    for (const button of room.root.querySelectorAll("[data-scene]")) {
      const { scene } = button.dataset;
      const pressed = String(scene === (held ? held.scene : ""));
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
      button.toggleAttribute("data-on", scene === on);
    }
    const named = room.root.querySelector(`[data-scene="${CSS.escape(on)}"]`);
    const scene = named ? named.textContent : on;
    const state = held ? t("{scene} is held until {time}", { scene, time: words().minute(held.until) }) : t("{scene} now; they turn by themselves", { scene });
    const nobody = t("no wall is connected");
    const text = room.walls ? state : `${state} · ${nobody}`;
    if (place.textContent !== text) place.textContent = text;
  }

  // A decision: unit, deadline, matter, and a case if any.

  // The fields of a day and of a case, which Dash has no elements for.
  function buildFields() {
    const today = new Date(bihuan.office.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);
    const onchange = (event) => choose("day", event.target.value || null);
    const day = make("input", { type: "date", id: "meeting-day", min: today, value: room.day || "", onchange, "aria-label": t("Another day") });
    $("meeting-days").append(make("label", { htmlFor: "meeting-day" }, t("Another day")), day);
    if ($("meeting-case")) return;
    const field = make("input", { type: "text", id: "meeting-case", maxLength: 40, autocomplete: "off", spellcheck: false });
    $("meeting-case-room").append(make("label", { htmlFor: "meeting-case" }, t("About the case (if any)")), field);
  }

  function choose(what, value) {
    room[what] = value;
    markPicked();
  }

  function markPicked() {
    for (const [name, picked] of [["unit", room.unit], ["day", room.day]]) {
      for (const button of room.root.querySelectorAll(`button[data-${name}]`)) button.setAttribute("aria-pressed", String(button.dataset[name] === picked));
    }
    const day = $("meeting-day");
    if (!day) return;
    const chip = [...room.root.querySelectorAll("button[data-day]")].some((button) => button.dataset.day === room.day);
    day.value = chip || !room.day ? "" : room.day;
  }

  function setCase(code) {
    const field = $("meeting-case");
    if (field) field.value = code;
  }

  function record() {
    const matter = $("meeting-matter").value.trim();
    if (!room.unit) return say(t("choose a unit"), true);
    if (!room.day) return say(t("choose a deadline"), true);
    if (!matter) {
      say(t("Say what is to be done."), true);
      $("meeting-matter").focus();
      return undefined;
    }
    return ask("decide", { unit: room.unit, day: room.day, matter, case: $("meeting-case").value });
  }

  // In a meeting every line of a list of cases can be charged with.
  function offerLines() {
    const held = $("review").hasAttribute("data-meeting");
    for (const item of document.querySelectorAll(".review-lines > li")) {
      const there = item.querySelector(".meeting-charge");
      const code = (item.dataset.key || "").split("/")[0];
      if (!held || !code) {
        if (there) there.remove();
      } else if (!there) {
        const told = { "data-charge": code, "aria-label": t("Charge a unit with {code}", { code }) };
        item.append(make("button", { type: "button", className: "meeting-charge", ...told }, t("Charge a unit")));
      }
    }
  }

  function charge(code) {
    if (room.root.hidden) toggle();
    open("decide");
    setCase(code);
    $("review-drawer-close").click();
    room.root.scrollIntoView({ block: "start" });
    const first = room.root.querySelector("button[data-unit]");
    first.focus({ preventScroll: true });
  }

  // An objection is settled in two steps: which way, then why.

  function buildReasons() {
    for (const place of room.root.querySelectorAll(".meeting-why")) {
      if (place.firstChild) continue;
      const field = make("textarea", { rows: 2, maxLength: 200 });
      place.append(make("label", {}, place.dataset.label, field));
    }
  }

  function openSettling(button) {
    const item = button.closest("li");
    const wanted = button.getAttribute("aria-expanded") === "true" ? null : button.dataset.settle;
    for (const each of item.querySelectorAll(".meeting-settling")) each.hidden = each.dataset.settling !== wanted;
    for (const each of item.querySelectorAll("[data-settle]")) each.setAttribute("aria-expanded", String(each.dataset.settle === wanted));
  }

  function approve(button) {
    const form = button.closest(".meeting-settling");
    form.dataset.approver = button.dataset.approver;
    for (const each of form.querySelectorAll("button[data-approver]")) each.setAttribute("aria-pressed", String(each === button));
  }

  function settle(button) {
    const form = button.closest(".meeting-settling");
    const item = button.closest("li");
    const reason = form.querySelector("textarea").value.trim();
    if (!reason) {
      say(t("a reason is required"), true);
      form.querySelector("textarea").focus();
      return;
    }
    const { case: code, span, version } = item.dataset;
    ask("object", { case: code, span, version, to: button.dataset.confirm, reason, approver: form.dataset.approver });
  }

  // One finger does it all.

  function sure(button) {
    if (button.dataset.asked) return ask("end");
    const text = button.textContent;
    button.dataset.asked = "yes";
    button.textContent = button.dataset.sure;
    return window.setTimeout(() => {
      delete button.dataset.asked;
      button.textContent = text;
    }, SURE_FOR);
  }

  const ACTS = [
    ["#review-meeting", toggle],
    ["[data-charge]", (node) => charge(node.dataset.charge)],
    ["#meeting-begin", () => ask("begin")],
    ["#meeting-end", sure],
    ["#meeting [data-scene]", (node) => ask("show", { scene: node.dataset.scene })],
    ["#meeting [data-sheet]", (node) => open(room.sheet === node.dataset.sheet ? null : node.dataset.sheet)],
    ["#meeting button[data-unit]", (node) => choose("unit", node.dataset.unit)],
    ["#meeting button[data-day]", (node) => choose("day", node.dataset.day)],
    ["#meeting-record", record],
    ["#meeting [data-decision]", (node) => ask("settle", { decision: node.dataset.decision, to: node.dataset.to })],
    ["#meeting [data-settle]", openSettling],
    ["#meeting [data-why]", (node) => (node.closest(".meeting-settling").querySelector("textarea").value = node.dataset.why)],
    ["#meeting button[data-approver]", approve],
    ["#meeting [data-confirm]", settle],
  ];

  document.addEventListener("click", (event) => {
    if (!room) return;
    const found = ACTS.find(([selector]) => event.target.closest(selector));
    if (found && !room.waits) found[1](event.target.closest(found[0]));
  });
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => (touched = Date.now()), true);

  // The page comes and goes; Dash draws it.

  function mount(root) {
    room = { root, plan: JSON.parse(root.dataset.plan), stage: null, held: "", sheet: null, unit: null, day: null, waits: null, walls: undefined };
    if (shown()) ask("look");
  }

  document.addEventListener("review:shown", () => room && ask("look"));

  new MutationObserver(() => {
    const root = $("meeting");
    if (room && room.root !== root) {
      window.clearTimeout(room.unanswered);
      room = null;
    }
    if (root && !room && words() && window.dash_clientside && window.dash_clientside.set_props) mount(root);
    if (room && $("review")) offerLines();
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.setInterval(() => room && showWalls(), 1000);
  window.setInterval(() => {
    if (room && !room.root.hidden && !document.hidden && Date.now() - touched < IDLE_AFTER) ask("look");
  }, LOOK_EVERY);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { meeting: { told } });
})();
