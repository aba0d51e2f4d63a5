// The desk: what is asked of the queue, the case that is open beside it, what changes live, and the keys.
//
// For actions (`#desk-actions` in the side panel is theirs; nothing here ever draws in it):
//   bihuan.desk.selected()   the marked cases, else the one that is open: [{id, code, version}]
//   bihuan.desk.current()    the one that is open, or null
//   bihuan.desk.onAct(f)     f(key, cases) is called for every letter that is no key of the desk's own ("r", "u", "z", …); it gives
//                            back true when it took the key. Gives back a function that ends it
//   bihuan.desk.act(key)     as if the key was pressed; for buttons
//   bihuan.desk.refresh()    read the list anew, keeping its place, its marks and the open case
//   "desk:selected"          an event on `document` after the open case or the marks have changed, or the open one's version
// While the desk is blind (no contact, or the database away) no key and no button acts, and says why; what is being
// written there goes on, and is sent only after it.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const $ = (id) => document.getElementById(id);
  const ROW_HEIGHT = 40; // as `queue_grid` says
  const KEPT = 500; // rows of frames kept, for a block that was read before them and comes after
  const TICK = 1000;
  const STUCK_AFTER = 10 * 1000;
  const OPEN_AFTER = 120; // who runs through the list opens nothing on the way
  const DUE_SOON = 2 * 60 * 60 * 1000;
  const FOCUS_WITHIN = 30; // frames in which a row is drawn
  const HOT = 3; // reports, as `db.queries.queue` says
  const ORDER = [{ colId: "due_at", sort: "asc" }];
  const NOTHING = { state: "open", feeds: [], townships: [], units: [], statuses: [], colours: [], categories: [], overdue: false, soon: false, hot: false, text: "", way: null };

  // What is asked for and where one was. It outlives the page, so that one comes back from a case to the same place; it is never in
  // the address bar, and ends with the tab.
  let ask = { ...NOTHING, sort: ORDER, number: 0 };
  const place = { top: 0, key: null, code: null, version: 0 };

  const actors = new Set();
  const recent = new Map(); // key → the newest row of it a frame told
  let page = null; // what is there only while the page is open: {root, api, ...}
  let present = {};
  let views = [];
  let away = false;

  const words = () => bihuan.office.words();
  const t = (msgid, values) => words().t(msgid, values);
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const blind = () => bihuan.office.blind() || away;

  // What is asked for.

  const chipOf = () => {
    if (ask.overdue) return "overdue";
    if (ask.soon) return "due_soon";
    if (ask.hot) return "hot";
    if (ask.statuses.length === 1) return ask.statuses[0];
    return ask.state === "open" && !ask.statuses.length ? "open" : "";
  };

  // Whether nothing can be asked now; then it is said, and what stands there stays.
  function isBlind() {
    if (blind()) bihuan.office.tellBlind();
    return blind();
  }

  // `view`: the saved one that this is, whose name stays picked until something else is asked for.
  function askFor(changes, view = "") {
    if (isBlind()) {
      showAsk();
      return;
    }
    showView(view);
    ask = { ...ask, ...changes, number: ask.number + 1 };
    place.top = 0;
    showAsk();
    set("desk-ask", { data: { ...ask } });
    if (!page || !page.api) return;
    page.api.deselectAll();
    // A request that is never answered would be waited for for ever, so the grid is told that it failed.
    if (page.state === "failed" && page.asked) page.asked.failCallback();
    page.waitsSince = 0;
    page.first = true;
    page.total = null;
    begin("loading");
    page.api.purgeInfiniteCache();
  }

  function pressChip(key) {
    const none = { state: "open", overdue: false, soon: false, hot: false, statuses: [] };
    const quick = { ...none };
    if (key === "overdue") quick.overdue = true;
    else if (key === "due_soon") quick.soon = true;
    else if (key === "hot") quick.hot = true;
    else if (key !== "open") quick.statuses = [key];
    askFor(chipOf() === key ? none : quick);
  }

  function pick(name, value) {
    if (name === "state") askFor({ state: value, ...(value === "open" ? {} : { overdue: false, soon: false, hot: false, statuses: [] }) });
    else askFor({ [name]: value ? [value] : [], ...(name === "statuses" ? { overdue: false, soon: false, hot: false, state: "open" } : {}) });
  }

  function search(text) {
    askFor({ text: text.trim(), way: null });
  }

  // The toolbar as it stands: pressed chips, picked options, the text.
  function showAsk() {
    const pressed = chipOf();
    for (const chip of document.querySelectorAll("[data-chip]")) chip.setAttribute("aria-pressed", String(chip.dataset.chip === pressed));
    for (const select of document.querySelectorAll("[data-picks]")) {
      const asked = ask[select.dataset.picks];
      select.value = Array.isArray(asked) ? asked[0] || "" : asked;
    }
    if (!ask.text) showWays(null);
  }

  // What the text was taken for, and what else it could be: "编号 0412", "字句 油烟", "地点".
  function showWays(found) {
    const room = $("desk-ways");
    if (!room) return;
    const names = { code: t("code"), phone: t("phone"), source: t("report number"), words: t("words"), place: t("place") };
    room.replaceChildren(
      ...((found && found.ways) || []).map((way) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "chip";
        button.textContent = way === "phone" ? names[way] : `${names[way]} ${ask.text}`;
        button.setAttribute("aria-pressed", String(way === found.way));
        button.onclick = () => askFor({ way });
        return button;
      }),
    );
    if (found && found.refused) room.textContent = t("Your account may not search for this");
  }

  // Whether a row belongs to what is asked for, as far as a screen can tell: not what a text finds.
  function fits(row) {
    const rows = bihuan.deskRows;
    const among = (asked, value) => !asked.length || asked.includes(value);
    if (row.gone || (ask.state === "open" && row.ended) || (ask.state === "ended" && !row.ended)) return false;
    if (ask.overdue && !rows.overdue(row)) return false;
    if (ask.soon && !rows.dueWithin(row, DUE_SOON)) return false;
    if (ask.hot && row.reports < HOT) return false;
    if (ask.feeds.length && !row.feeds.some((feed) => ask.feeds.includes(feed))) return false;
    return (
      among(ask.townships, row.township_code) && among(ask.units, row.unit_code) && among(ask.statuses, row.status) &&
      among(ask.colours, rows.colour(row)) && among(ask.categories, row.category)
    );
  }

  // The list.

  // "loading", "ready", "empty" or "failed"; a sentence stands in place of the rows for all but "ready".
  function begin(state) {
    if (!page) return;
    page.state = state;
    page.since = performance.now();
    page.root.dataset.list = state;
    if (state !== "ready") $("desk-total").textContent = "";
    const room = $("desk-nothing");
    const again = document.createElement("button");
    again.type = "button";
    if (state === "ready") room.replaceChildren();
    if (state === "loading") room.replaceChildren(t("loading"));
    if (state === "failed") {
      again.textContent = t("Try again");
      again.onclick = tryAgain;
      room.replaceChildren(t("The list could not be read."), again);
    }
    if (state === "empty") {
      again.textContent = t("Show all that is in hand");
      again.onclick = () => {
        set("desk-text", { value: "" });
        askFor({ ...NOTHING });
      };
      room.replaceChildren(t("No case fits."), ...(isPlain() ? [] : [again]));
    }
  }

  function tryAgain() {
    if (page.asked) askFor({});
    else location.reload(); // it was the very first request
  }

  // Know the request the grid waits for. Its source of rows is Dash's, comes a little after the grid, and offers no other way.
  function noteRequests() {
    const source = page.api.getGridOption("datasource");
    if (!source || source === page.source) return;
    const getRows = source.getRows;
    page.source = source;
    source.getRows = (params) => {
      if (page) page.asked = params;
      getRows(params);
    };
  }

  const isPlain = () => chipOf() === "open" && !ask.text && !ask.feeds.length && !ask.townships.length && !ask.units.length && !ask.colours.length && !ask.categories.length;

  function found(told) {
    if (!page || !told || told.asked !== ask.number) return; // the answer to what was asked before
    page.total = told.total;
    if (told.start === 0) page.newest = told.newest;
    showList();
    $("desk-total").textContent = told.capped ? t("more than {n} cases", { n: told.total }) : t("{n} cases", { n: told.total });
    showWays(told);
  }

  // What the list is, once its answer and its first row are here; the two come one after the other.
  function showList() {
    const state = page.total === 0 ? "empty" : page.total && firstNode() ? "ready" : "loading";
    if (page.total !== null && page.state !== state) begin(state);
  }

  // Read the list anew, keeping scroll, marks and the open case.
  function refresh() {
    if (!page || !page.api) return;
    page.fresh.clear();
    page.left.clear();
    showFresh();
    page.api.refreshInfiniteCache();
  }

  // A block may have been read before a frame that came first.
  function settle() {
    noteRequests();
    for (const [key, row] of recent) {
      const node = page.api.getRowNode(key);
      if (node && node.data && !node.data.gone && node.data.version < row.version) node.setData(row);
    }
    const open = place.key ? page.api.getRowNode(place.key) : null;
    if (open && open.data && !open.data.gone) noteOpen(open.data);
    showList();
    for (const key of page.fresh) if (page.api.getRowNode(key)) page.fresh.delete(key);
    showFresh();
    if (page.first && page.api.getDisplayedRowCount() && firstNode()) comeBack();
  }

  const firstNode = () => {
    const node = page.api && page.api.getDisplayedRowAtIndex(0);
    return node && node.data ? node : null;
  };

  // To where one was when the page was left.
  function comeBack() {
    const top = Math.min(place.top, page.api.getDisplayedRowCount() - 1);
    page.first = false;
    if (top > 0) page.api.ensureIndexVisible(top, "top");
  }

  // The first row in view, once the list stands where it should.
  function noteTop() {
    if (page && !page.first) place.top = Math.round(page.api.getVerticalPixelRange().top / ROW_HEIGHT);
  }

  function eachNode(visit) {
    if (page && page.api && !page.api.isDestroyed()) page.api.forEachNode((node) => node.data && visit(node));
  }

  // The open case and the marks.

  const told = (row) => ({ id: row.id, code: row.code, version: row.version });

  function current() {
    if (!place.code) return null;
    return { id: Number(place.key), code: place.code, version: place.version };
  }

  function selected() {
    const marked = page && page.api ? page.api.getSelectedRows().filter((row) => row && !row.gone) : [];
    if (marked.length) return marked.map(told);
    const one = current();
    return one ? [one] : [];
  }

  function open(row) {
    if (row.gone || row.key === place.key || isBlind()) return;
    const before = place.key;
    Object.assign(place, { key: row.key, code: row.code, version: row.version });
    markCurrent(before, row.key);
    window.clearTimeout(page.opening);
    page.opening = window.setTimeout(ask_panel, OPEN_AFTER);
    announce();
  }

  function close() {
    const before = place.key;
    Object.assign(place, { key: null, code: null, version: 0 });
    markCurrent(before, null);
    window.clearTimeout(page.opening);
    ask_panel();
    announce();
  }

  function ask_panel() {
    if (!page) return;
    page.root.dataset.open = place.code ? "yes" : "no";
    bihuan.office.say({ open: place.code });
    set("desk-open", { data: { code: place.code, version: place.version } });
  }

  function markCurrent(before, after) {
    for (const [key, on] of [[before, false], [after, true]]) {
      if (key) for (const node of document.querySelectorAll(`#desk-grid [row-id="${CSS.escape(key)}"]`)) node.classList.toggle("desk-current", on);
    }
  }

  function announce() {
    const count = page && page.api ? page.api.getSelectedRows().length : 0;
    const room = $("desk-marked");
    if (room) room.textContent = count ? t("{n} marked", { n: count }) : "";
    document.dispatchEvent(new CustomEvent("desk:selected", { detail: selected() }));
  }

  // What changes live.

  function hear(message) {
    away = message.database === "away";
    showBlind();
    if (message.type !== "frame" || !page) return;
    page.root.dataset.heard = message.seq;
    tellCounts(message.counts);
    hearPresence(message.present);
    if (message.anew) {
      bihuan.office.say({ open: place.code }); // a new line does not know it yet
      if (page.state === "failed") tryAgain();
      else if (page.api && page.state !== "loading") refresh();
      if (place.code) ask_panel();
    }
    for (const row of message.rows) hearRow(row);
    if (message.gone.length) hearGone(new Set(message.gone));
    showFresh();
  }

  function tellCounts(counts) {
    for (const [key, number] of Object.entries(counts)) {
      const room = $(`desk-count-${key}`);
      if (room) room.textContent = String(number);
    }
    $("desk-position").textContent = t("same moment as the wall: journal #{position}", { position: counts.position.toLocaleString("en-US") });
  }

  function hearPresence(told) {
    const me = page.root.dataset.me;
    const others = {};
    for (const [code, names] of Object.entries(told)) {
      const rest = names.filter((name) => name !== me);
      if (rest.length) others[code] = rest;
    }
    const changed = new Set([...Object.keys(present), ...Object.keys(others)].filter((code) => String(present[code]) !== String(others[code])));
    present = others;
    if (!changed.size || !page.api) return;
    const nodes = [];
    eachNode((node) => changed.has(node.data.code) && nodes.push(node));
    if (nodes.length) page.api.refreshCells({ rowNodes: nodes, columns: ["colour"], force: true });
  }

  function hearRow(row) {
    recent.delete(row.key);
    recent.set(row.key, row);
    if (recent.size > KEPT) recent.delete(recent.keys().next().value);
    noteOpen(row);
    if (!page.api) return;
    const node = page.api.getRowNode(row.key);
    if (node && node.data) {
      if (row.version >= node.data.version || node.data.gone) node.setData(row);
      page.left[fits(row) ? "delete" : "add"](row.key);
    } else if (!fits(row)) page.fresh.delete(row.key);
    else if (!ask.text && (row.id > page.newest || isWhole())) page.fresh.add(row.key);
  }

  // The open case is acted on as it was seen last, in whatever way that came.
  function noteOpen(row) {
    if (row.key !== place.key || row.version <= place.version) return;
    place.version = row.version;
    ask_panel();
    announce();
  }

  // Whether every row of the list is loaded: then one that is not there is new to it.
  function isWhole() {
    let loaded = 0;
    eachNode(() => (loaded += 1));
    return page.total !== null && loaded >= page.total;
  }

  // What left this account's sight is not shown a moment longer.
  function hearGone(tags) {
    for (const [key, row] of recent) if (tags.has(row.tag)) recent.delete(key);
    eachNode((node) => {
      if (!tags.has(node.data.tag)) return;
      const key = node.data.key;
      node.setSelected(false);
      node.setData({ key, id: node.data.id, tag: "", code: "", version: node.data.version, gone: true });
      page.left.add(key);
      if (key === place.key) close();
    });
  }

  // New rows wait behind a button: a list that moves by itself makes people act on the wrong case.
  function showFresh() {
    const button = $("desk-fresh");
    if (!button || !page) return;
    const { fresh, left } = page;
    if (fresh.size && page.state === "empty") {
      refresh();
      return;
    }
    const parts = [fresh.size ? t("{n} new", { n: fresh.size }) : "", left.size ? t("{n} no longer belong here", { n: left.size }) : ""].filter(Boolean);
    button.hidden = !parts.length;
    if (parts.length) button.textContent = [...parts, t("show")].join(" · ");
  }

  function showBlind() {
    if (page) page.root.toggleAttribute("data-blind", blind());
  }

  // Time runs on between frames.

  function tick() {
    if (!page || !page.root.isConnected) return;
    showBlind();
    tellTimes();
    if (!page.api || page.api.isDestroyed()) return;
    const moved = page.api.getRenderedNodes().filter((node) => {
      if (!node.data || node.data.gone) return false;
      const now = bihuan.deskRows.left(node.data).text + bihuan.deskRows.notes(node.data).length;
      const before = page.times.get(node.data.key);
      page.times.set(node.data.key, now);
      return before !== undefined && before !== now;
    });
    if (moved.length) page.api.refreshCells({ rowNodes: moved, columns: ["due_at", "colour"], force: true });
    const waits = Object.values(page.api.getCacheBlockState() || {}).some((block) => block.pageStatus === "loading");
    page.waitsSince = waits ? page.waitsSince || performance.now() : 0;
    if (page.waitsSince && performance.now() - page.waitsSince > STUCK_AFTER && page.state !== "failed") begin("failed");
  }

  // Instants of the side panel in words, and its clocks' bars.
  function tellTimes() {
    const panel = $("desk-panel");
    if (!panel || !words()) return;
    const now = bihuan.office.now();
    for (const node of panel.querySelectorAll("[data-at]")) say(node, moment(Number(node.dataset.at), now, "deadline" in node.dataset));
    for (const node of panel.querySelectorAll(".desk-clock")) tellClock(node, now);
  }

  // A deadline at midnight is 24:00 of the day before.
  function moment(at, now, isDeadline) {
    const midnight = isDeadline && words().minute(at) === "00:00";
    return midnight ? `${words().day(at - 1)} 24:00` : words().when(at, now);
  }

  function tellClock(node, now) {
    const read = (name) => (name in node.dataset ? Number(node.dataset[name]) : null);
    const [from, due, stopped, until, paused] = ["from", "due", "stopped", "until", "paused"].map(read);
    const asked = stopped || until || paused || now;
    const late = asked > due;
    const span = (fine) => words().span(Math.abs(due - asked), fine);
    let text = late ? t("{span} over", { span: span(10) }) : t("{span} left", { span: span(3) });
    if (stopped) text = late ? t("done late {time}", { time: words().when(stopped, now) }) : t("done {time}", { time: words().when(stopped, now) });
    else if (until) text = t("ended {time}", { time: words().when(until, now) });
    else if (paused) text = late ? text : t("stopped");
    const share = due > from ? Math.min(1, Math.max(0, (due - asked) / (due - from))) : 0;
    node.dataset.near = stopped || until ? (late ? "late" : "done") : late ? "late" : due - asked < DUE_SOON ? "soon" : "";
    say(node.lastElementChild, text);
    node.querySelector("i").style.width = `${(stopped && !late ? 1 : share) * 100}%`;
  }

  function say(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }

  // Saved views.

  function showViews(told) {
    const { views: kept, refused } = told || { views: [], refused: null };
    const select = $("desk-view");
    views = kept;
    if (!select || !page) return;
    const picked = select.value;
    const named = views.find((view) => !refused && view.name === page.saving);
    select.replaceChildren(select.options[0], ...views.map((view) => new Option(view.name, String(view.id))));
    showView(named ? String(named.id) : picked);
    $("desk-name-said").textContent = refused || "";
    if (named) {
      set("desk-name", { value: "" });
      $("desk-name-dialog").close();
    }
    page.saving = null;
  }

  function showView(id) {
    const select = $("desk-view");
    if (!select) return;
    select.value = views.some((view) => String(view.id) === id) ? id : "";
    $("desk-view-delete").hidden = !select.value;
  }

  function pickView(id) {
    const view = views.find((each) => String(each.id) === id);
    showView(id);
    if (!view) return;
    set("desk-text", { value: view.query.text || "" });
    if (page.api && view.query.sort) applySort(view.query.sort);
    askFor({ ...NOTHING, ...view.query }, id);
  }

  function applySort(sort) {
    page.api.applyColumnState({ state: sort, defaultState: { sort: null } });
  }

  // Keys.

  function step(by) {
    const { api } = page;
    if (!api || !api.getDisplayedRowCount()) return;
    const at = openIndex();
    const index = Math.min(Math.max(0, at === null ? place.top : at + by), api.getDisplayedRowCount() - 1);
    focusRow(index);
    const next = api.getDisplayedRowAtIndex(index);
    if (next && next.data) open(next.data); // the grid tells of its focus only later, and keys are quick
  }

  // Where the open case stands in the list, or null.
  function openIndex() {
    const node = place.key ? page.api.getRowNode(place.key) : null;
    return node ? node.rowIndex : null;
  }

  // A row that has first to be scrolled to is drawn in a later frame, and the grid then sometimes forgets to give it the focus.
  // Who goes elsewhere meanwhile is not called back. `from`: where the focus was at first.
  function focusRow(index, from = document.activeElement, frames = FOCUS_WITHIN) {
    const { api } = page;
    api.ensureIndexVisible(index);
    api.setFocusedCell(index, "colour");
    const isDone = () => {
      const asked = page && page.api === api && !api.isDestroyed() && api.getFocusedCell();
      if (!asked || asked.rowIndex !== index) return true;
      const has = document.activeElement;
      const row = has.closest("#desk-grid .ag-row");
      if (row) return Number(row.getAttribute("row-index")) === index;
      return has !== from && has !== document.body && !has.closest("#desk-grid");
    };
    if (frames && !isDone()) window.requestAnimationFrame(() => isDone() || focusRow(index, from, frames - 1));
  }

  // Tab comes back to the open case: the grid's own way from below is its last row, and everything between scrolls past. Where
  // the open case is not in the list, it comes to the list's head, and no other case is opened.
  function enterList() {
    const index = openIndex();
    if (index === null) page.api.setFocusedHeader("colour");
    else focusRow(index);
    return true;
  }

  const KEYS = {
    "/": () => ($("desk-text").focus(), $("desk-text").select()),
    j: () => isBlind() || step(1),
    k: () => isBlind() || step(-1),
    n: () => ($("desk-fresh").hidden ? false : isBlind() || refresh()),
    Enter: () => (place.code ? isBlind() || openCase() : false),
    Escape: () => (page.api ? page.api.deselectAll() : false),
  };

  function openCase() {
    set("address", { pathname: `/case/${place.code}` });
  }

  const isWriting = (node) => node.closest("input:not([type=checkbox]), textarea, select, dialog[open], [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (!page || !page.root.isConnected || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const node = event.target;
    if (event.key === "Escape" && node.id === "desk-text") {
      set("desk-text", { value: "" });
      node.blur();
      if (ask.text) search("");
      return;
    }
    if (isWriting(node) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && node.closest("button, a, summary, .ag-header")) return;
    const own = KEYS[event.key];
    if (own ? own() !== false : event.key.length === 1 && act(event.key)) event.preventDefault();
  });

  function act(key) {
    if (isBlind()) return false;
    for (const actor of actors) if (actor(key, selected())) return true;
    return false;
  }

  // The page comes and goes; Dash draws it.

  function mount(root) {
    page = { root, api: null, state: "", total: null, asked: null, source: null, newest: Infinity, first: true, fresh: new Set(), left: new Set(), times: new Map(), opening: 0, waitsSince: 0, saving: null };
    set("desk-text", { value: ask.text });
    set("desk-ask", { data: { ...ask } });
    set("desk-views-ask", { data: { do: "list" } });
    showAsk();
    showBlind();
    begin("loading");
    ask_panel();
    listen(root);
    window.dash_ag_grid.getApiAsync("desk-grid").then((api) => page && page.root === root && ready(api));
  }

  function ready(api) {
    page.api = api;
    api.setGridOption("focusGridInnerElement", enterList);
    noteRequests();
    api.addEventListener("modelUpdated", settle);
    api.addEventListener("cellFocused", (event) => {
      const node = event.rowIndex === null ? null : api.getDisplayedRowAtIndex(event.rowIndex);
      if (node && node.data) open(node.data);
    });
    api.addEventListener("rowDoubleClicked", openCase);
    api.addEventListener("selectionChanged", announce);
    api.addEventListener("bodyScrollEnd", noteTop);
    api.addEventListener("sortChanged", () => {
      ask.sort = api.getColumnState().filter((column) => column.sort).map(({ colId, sort }) => ({ colId, sort }));
    });
    applySort(ask.sort);
  }

  function listen(root) {
    root.addEventListener("click", (event) => {
      const chip = event.target.closest("[data-chip]");
      if (chip) pressChip(chip.dataset.chip);
    });
    root.addEventListener("change", (event) => {
      if (event.target.dataset.picks) pick(event.target.dataset.picks, event.target.value);
    });
    $("desk-search").addEventListener("submit", (event) => {
      event.preventDefault();
      search($("desk-text").value);
      $("desk-text").blur();
    });
    $("desk-text").addEventListener("input", (event) => !event.target.value && ask.text && search(""));
    $("desk-fresh").onclick = refresh;
    $("desk-view").onchange = (event) => pickView(event.target.value);
    $("desk-view-save").onclick = () => $("desk-name-dialog").showModal();
    $("desk-name-cancel").onclick = () => $("desk-name-dialog").close();
    $("desk-view-delete").onclick = () => set("desk-views-ask", { data: { do: "delete", id: Number($("desk-view").value) } });
    $("desk-name-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (isBlind()) return;
      page.saving = $("desk-name").value.trim().split(/\s+/).join(" ");
      set("desk-views-ask", { data: { do: "save", name: $("desk-name").value, query: { ...ask } } });
    });
    $("desk-name-dialog").addEventListener("close", () => ($("desk-name-said").textContent = ""));
    new MutationObserver(tellTimes).observe($("desk-panel"), { childList: true, subtree: true });
  }

  function leave() {
    page = null;
    bihuan.office.say({ open: null });
  }

  new MutationObserver(() => {
    const root = $("desk");
    if (page && page.root !== root) leave();
    if (root && !page && words() && window.dash_ag_grid && window.dash_clientside) mount(root);
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.setInterval(tick, TICK);
  document.addEventListener("DOMContentLoaded", () => bihuan.office.listen({ told: hear, lost: showBlind })); // read after this

  bihuan.desk = {
    selected,
    current,
    act,
    onAct(actor) {
      actors.add(actor);
      return () => actors.delete(actor);
    },
    refresh,
    present: (code) => present[code] || [],
    currentKey: () => place.key,
    fits,
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, { desk: { found, views: showViews } });
})();
