// What may be one matter: the list on its page, and what is decided there and on the strip above a case's page.
//
// A list that moves by itself makes people act on the wrong one: what somebody else decided stays, struck and with a word, until
// one goes on, and what is new waits behind a button unless it belongs at the end.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const $ = (id) => document.getElementById(id);
  const TICK = 1000;
  const OPEN_AFTER = 120; // who runs through the list opens nothing on the way
  const READ_AFTER = 300; // what changes at once is read once
  const READ_AGAIN_AFTER = 2000;
  const ANSWERED_WITHIN = 15 * 1000;
  const UNDO_FOR = 10 * 60 * 1000;

  const words = () => (bihuan.office ? bihuan.office.words() : null);
  const t = (msgid, values) => words().t(msgid, values);
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  // Where one was; it outlives the page, so that one comes back from a case to the same place.
  const place = { id: null, township: "" };
  let page = null; // the list's page while it is open: {root, rows, nodes, fresh, …}
  let away = false;
  let asked = 0;
  let read = 0;
  let opens = 0;
  let waits = false;
  let form = null; // {do, id, node}
  let undo = null; // {code, other, until, room}
  let unanswered = 0;

  const element = (...told) => bihuan.make(...told);

  const key = (text) => element("kbd", { "aria-hidden": "true" }, text);
  const blind = () => bihuan.office.blind() || away;
  const short = (code) => code.slice(code.lastIndexOf("-") + 1);

  function isBlind() {
    if (blind()) bihuan.office.tellBlind();
    return blind();
  }

  // The list.

  function want() {
    if (!page) return;
    window.clearTimeout(page.reading);
    window.clearTimeout(page.unread);
    page.reading = 0;
    page.readAt = performance.now();
    page.unread = window.setTimeout(() => page && begin("failed"), ANSWERED_WITHIN);
    set("match-want", { data: { n: ++read, township: place.township, shown: page.rows.filter((row) => !row.word).map((row) => row.id) } });
  }

  // What changes meanwhile is read with it; were it put off each time, a busy hour would never be read.
  function wantSoon() {
    if (!page.reading) page.reading = window.setTimeout(want, READ_AFTER);
  }

  function found(told) {
    if (!page || !told || told.n !== read) return;
    window.clearTimeout(page.unread);
    for (const { id, word } of told.gone) leave(id, word);
    placeRows(told.rows);
    $("match-total").textContent = t("{n} to decide", { n: told.total });
    page.total = told.total;
    draw();
    if (place.id === null || !rowOf(place.id)) go(page.rows.find((row) => !row.word));
    else if (page.opened !== place.id) open();
  }

  function placeRows(incoming) {
    const known = new Map(page.rows.map((row) => [row.id, row]));
    for (const row of incoming) if (known.has(row.id)) Object.assign(known.get(row.id), row, { word: "" });
    const last = incoming.findLastIndex((row) => known.has(row.id));
    const further = incoming.filter((row, number) => !known.has(row.id) && (page.first || number > last));
    page.fresh = incoming.filter((row, number) => !known.has(row.id) && !page.first && number <= last);
    page.rows.push(...further);
    page.incoming = incoming;
    page.first = false;
  }

  // All as the server has it, in its order; what somebody else decided goes.
  function showFresh() {
    page.rows = page.incoming.map((row) => ({ ...row, word: "" }));
    page.fresh = [];
    draw();
    if (!rowOf(place.id)) go(page.rows[0]);
    return true;
  }

  const rowOf = (id) => (page ? page.rows.find((row) => row.id === id) : undefined);

  // Somebody else decided, or it is suggested no more: it is told, and stays until one goes on.
  function leave(id, word) {
    const row = rowOf(id);
    if (!row) return;
    row.word = word;
    if (form && form.id === id) closeForm();
    say(`${short(row.a.code)} ↔ ${short(row.b.code)}：${word}`);
  }

  function draw() {
    const list = $("match-list");
    page.rows.forEach((row, number) => {
      const node = page.nodes.get(row.id) || element("li", {}, element("button", { type: "button", onclick: () => go(rowOf(row.id)) }));
      page.nodes.set(row.id, node);
      fill(node, row);
      if (list.children[number] !== node) list.insertBefore(node, list.children[number] || null);
    });
    while (list.childElementCount > page.rows.length) list.lastElementChild.remove();
    for (const id of [...page.nodes.keys()]) if (!rowOf(id)) page.nodes.delete(id);
    const fresh = $("match-fresh");
    fresh.hidden = !page.fresh.length;
    if (page.fresh.length) fresh.textContent = `${t("{n} new", { n: page.fresh.length })} · ${t("show")}`;
    begin(page.rows.length ? "ready" : "empty");
    showButtons();
  }

  function fill(node, row) {
    const button = node.firstElementChild;
    const here = row.id === place.id;
    const drawn = JSON.stringify(row);
    if (here) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    node.toggleAttribute("data-left", Boolean(row.word));
    if (node.drawn === drawn) return;
    node.drawn = drawn;
    const side = ({ code, feeds, reports }) => `${feeds.map((feed) => words().of("feed_short", feed)).join("、")} ${short(code)}${reports > 1 ? ` (${reports})` : ""}`;
    button.replaceChildren(
      element("span", { className: "match-head" }, element("b", { className: "figures" }, row.score), element("span", {}, [row.about, row.place].filter(Boolean).join(" · ")), row.pairs > 1 ? element("span", { className: "note" }, t("{n} pairs", { n: row.pairs })) : null),
      element("span", { className: "match-codes figures" }, `${side(row.a)} ↔ ${side(row.b)}`),
      element("span", { className: "match-line" }, row.word || row.line),
    );
  }

  function begin(state) {
    page.root.dataset.list = state;
    const room = $("match-nothing");
    room.hidden = state === "ready";
    if (state === "loading") room.textContent = t("loading");
    if (state === "empty") room.textContent = t("Nothing waits for a decision.");
    if (state === "failed") room.replaceChildren(t("The list could not be read."), " ", element("button", { type: "button", onclick: want }, t("Try again")));
    if (state === "empty") set("match-pane", { children: [] });
  }

  // The one that is open.

  function go(row) {
    if (!row) {
      place.id = page.opened = null;
      return;
    }
    closeForm();
    place.id = row.id;
    for (const [id, node] of page.nodes) {
      if (id === row.id) node.firstElementChild.setAttribute("aria-current", "true");
      else node.firstElementChild.removeAttribute("aria-current");
    }
    const node = page.nodes.get(row.id);
    if (node) {
      node.scrollIntoView({ block: "nearest" });
      if (!isWriting(document.activeElement || document.body)) node.firstElementChild.focus({ preventScroll: true });
    }
    showButtons();
    window.clearTimeout(page.opening);
    page.opening = window.setTimeout(open, OPEN_AFTER);
  }

  function open() {
    if (!page || place.id === null) return;
    page.opened = place.id;
    set("match-open", { data: { id: place.id, n: ++opens } });
  }

  // One step; what was only kept for its word goes.
  function step(by) {
    const at = page.rows.findIndex((row) => row.id === place.id);
    const rest = (rows) => rows.find((row) => !row.word);
    const next = by > 0 ? rest(page.rows.slice(at + 1)) : rest(page.rows.slice(0, Math.max(0, at)).reverse());
    const kept = rowOf(place.id);
    if (!next && !(kept && kept.word)) return;
    const to = next || rest(page.rows);
    page.rows = page.rows.filter((row) => !row.word);
    go(to);
    draw();
  }

  function showButtons() {
    if (!page) return;
    const row = rowOf(place.id);
    for (const button of document.querySelectorAll("#match-buttons button")) button.disabled = !row || Boolean(row.word);
  }

  function openCase(side) {
    const shown = $("match-shown");
    if (shown) set("address", { pathname: `/case/${shown.dataset[side]}` });
  }

  // What is decided.

  function decide(what, more) {
    if (waits || isBlind()) return;
    waits = true;
    closeForm();
    say("");
    set("match-ask", { data: { n: ++asked, do: what, ...more } });
    window.clearTimeout(unanswered);
    unanswered = window.setTimeout(() => {
      waits = false;
      say(t("No answer came. It may have been done: look at the case before you try again."));
    }, ANSWERED_WITHIN);
  }

  function told(answer) {
    if (!answer || answer.n !== asked) return;
    window.clearTimeout(unanswered);
    waits = false;
    set("match-ask", { data: null });
    if (answer.kind === "done") undo = answer.undo && { ...answer.undo, until: Date.now() + UNDO_FOR, room: $("match-said") };
    say(answer.sentence, answer.kind !== "done");
    if (page) settle(answer);
    else if (answer.kind !== "refused") document.dispatchEvent(new CustomEvent("match:done"));
  }

  function settle(answer) {
    const row = rowOf(answer.id);
    if (answer.kind === "decided" && row) {
      row.word = answer.sentence;
      draw();
    }
    if (answer.kind === "done" && row) {
      const at = page.rows.indexOf(row);
      page.rows.splice(at, 1);
      const next = page.rows.slice(at).find((each) => !each.word) || page.rows.find((each) => !each.word);
      if (row.id === place.id) go(next);
      draw();
    }
    want();
  }

  function say(text, isRefusal) {
    const room = $("match-said");
    if (!room) return;
    const name = text && mayTakeBack() && t("Undo the merge of {code}", { code: undo.other });
    const again = name && element("button", { type: "button", className: "link", "data-match": "undo" }, name, " ", page ? key("z") : null);
    room.classList.toggle("late", Boolean(isRefusal));
    room.replaceChildren(...[text, again].filter(Boolean));
  }

  // What was done last can be undone, for a while, and where it was told; the next thing done takes its place.
  const mayTakeBack = () => undo !== null && undo.until > Date.now() && Boolean(undo.room?.isConnected);

  function takeBack() {
    if (!mayTakeBack()) return false;
    decide("undo", { id: 0, code: undo.code, other: undo.other });
    return true;
  }

  // Forms: why not, until when, why apart.

  function openForm(what, told) {
    if (waits || isBlind()) return;
    const room = $("match-form");
    const from = document.activeElement;
    const cancel = element("button", { type: "button", onclick: closeForm }, t("Cancel"), " ", key("Esc"));
    form = { do: what, id: told.id, from };
    const drawn = what === "later" ? laterForm(told, cancel) : reasonForm(what, told, cancel);
    room.replaceChildren(drawn);
    room.hidden = false;
    drawn.querySelector("input, button").focus();
    room.scrollIntoView({ block: "nearest" });
  }

  function laterForm(told, cancel) {
    const choice = (until, name, number) => element("button", { type: "button", "data-until": until, onclick: () => decide("later", { ...told, until }) }, name, " ", key(number));
    return element("div", { className: "match-row", role: "group", "aria-label": t("Later") }, choice("hour", t("in 1 hour"), "1"), choice("tomorrow", t("tomorrow 08:00"), "2"), cancel);
  }

  function reasonForm(what, told, cancel) {
    const must = what === "part";
    const input = element("input", { id: "match-reason", type: "text", maxLength: 500, required: must, autocomplete: "off" });
    const send = element("button", { type: "submit", className: "main" }, must ? t("Take apart") : t("Not one matter"), " ", key("⏎"));
    const submit = (event) => {
      event.preventDefault();
      decide(what, { ...told, reason: input.value });
    };
    const label = element("label", { htmlFor: "match-reason" }, t("Reason"), must ? "" : ` ${t("(if any)")}`);
    return element("form", { className: "match-row", onsubmit: submit }, label, input, send, cancel);
  }

  function closeForm() {
    if (!form) return;
    const { from } = form;
    form = null;
    $("match-form").replaceChildren();
    $("match-form").hidden = true;
    const node = page && page.nodes.get(place.id);
    if (node) node.firstElementChild.focus({ preventScroll: true });
    else if (from && from.isConnected) from.focus({ preventScroll: true });
  }

  // `id`: of the suggestion; on a case's page the one whose row the button stands in.
  function press(what, about) {
    if (what === "undo") return takeBack();
    if (what === "accept") decide("accept", about);
    else openForm(what, about);
    return true;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-match]");
    if (!button || button.disabled) return;
    const row = button.closest("[data-pair]");
    if (button.dataset.match === "part") press("part", { id: 0, code: button.dataset.code, other: button.dataset.other });
    else if (page) press(button.dataset.match, { id: place.id });
    else press(button.dataset.match, { id: row ? Number(row.dataset.pair) : 0 });
  });

  // Keys, on the list's page.

  const isWriting = (node) => node.closest("input, textarea, select, dialog[open], [contenteditable]") !== null;
  const may = () => page.root.dataset.may === "yes" && rowOf(place.id) && !rowOf(place.id).word;

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    a: () => may() && press("accept", { id: place.id }),
    x: () => may() && press("refuse", { id: place.id }),
    l: () => may() && press("later", { id: place.id }),
    u: takeBack,
    z: takeBack,
    o: () => openCase("a"),
    O: () => openCase("b"),
    n: () => page.fresh.length > 0 && showFresh(),
  };
  const LATER = { 1: "hour", 2: "tomorrow" };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (form && event.key === "Escape") {
      closeForm();
      event.preventDefault();
      return;
    }
    if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
    if (form && form.do === "later" && LATER[event.key]) {
      $("match-form").querySelector(`[data-until=${LATER[event.key]}]`).click();
      return;
    }
    if (!page || !page.root.isConnected || form) return;
    const own = KEYS[event.key];
    if (own && own() !== false) event.preventDefault();
  });

  // What changes live.

  function hear(message) {
    away = message.database === "away";
    showBlind();
    if (!page || message.type !== "frame") return;
    const shown = new Set(page.rows.flatMap((row) => row.cases));
    const touched = message.rows.some((row) => shown.has(row.id));
    const counted = message.counts.matches;
    // A count may be seconds old, so it is only asked about now and then whether the list is what it counts.
    const other = place.township ? page.counted !== undefined && counted !== page.counted : !page.first && counted !== page.total;
    page.counted = counted;
    if (message.anew || touched || (other && performance.now() - page.readAt > READ_AGAIN_AFTER)) wantSoon();
  }

  function showBlind() {
    if (page) page.root.toggleAttribute("data-blind", blind());
  }

  function tellTimes() {
    if (!words()) return;
    for (const node of document.querySelectorAll("#match-pane time[data-at]")) {
      const at = Number(node.dataset.at);
      const midnight = node.dataset.kind === "deadline" && words().minute(at) === "00:00";
      const text = midnight ? `${words().day(at - 1)} 24:00` : words().when(at, bihuan.office.now());
      if (node.textContent !== text) node.textContent = text;
    }
  }

  // The page comes and goes; Dash draws it.

  function mount(root) {
    page = { root, rows: [], nodes: new Map(), fresh: [], incoming: [], first: true, opened: null, counted: undefined, total: 0, readAt: 0, reading: 0, unread: 0, opening: 0 };
    undo = null;
    waits = false;
    window.clearTimeout(unanswered);
    form = null;
    $("match-township").value = place.township;
    $("match-township").onchange = (event) => {
      place.township = event.target.value;
      Object.assign(page, { rows: [], fresh: [], first: true });
      place.id = null;
      draw();
      begin("loading");
      want();
    };
    $("match-fresh").onclick = showFresh;
    new MutationObserver(tellTimes).observe($("match-pane"), { childList: true });
    begin("loading");
    showButtons();
    showBlind();
    want();
  }

  function look() {
    const root = $("match");
    if (page && page.root !== root) page = undo = form = null;
    if (root && !page && words() && window.dash_clientside && window.dash_clientside.set_props) mount(root);
  }

  new MutationObserver(() => {
    look();
    if ($("match") && !page) window.setTimeout(look); // the line's script sees the same change after this one
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.setInterval(() => {
    showBlind();
    tellTimes();
  }, TICK);
  document.addEventListener("DOMContentLoaded", () => bihuan.office.listen({ told: hear, lost: showBlind })); // read after this

  window.dash_clientside = Object.assign({}, window.dash_clientside, { match: { found, told } });
})();
