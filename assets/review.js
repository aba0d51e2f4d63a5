// The review's page: goes from period to period without leaving, opens the cases behind a number, says when it is blind or old.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const $ = (id) => document.getElementById(id);
  const PATH = "/review/";
  const SHOW_PROGRESS_AFTER = 200;
  const ANSWER_WITHIN = 20000;
  const NEWS_AFTER = 60000; // what was read a minute ago and is no longer the newest
  const ROWS = 50;
  const MORE = 200;
  const GAP = 12;

  const words = () => (bihuan.office ? bihuan.office.words() : null);
  const t = (msgid, values) => words().t(msgid, values);
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  let page = null; // {root, n, unit, list, most, opener, away, timers}

  const make = (...told) => bihuan.make(...told);

  // Which review is shown, and asking for another.

  const shown = () => ($("review-shown") ? $("review-shown").dataset : null);
  const query = (search) => new URLSearchParams(search);
  const isReview = (path) => path.startsWith(PATH);

  function address(name, asOf) {
    const asks = query(page.root.dataset.search);
    if (asOf) asks.set("as_of", asOf);
    const told = asks.toString().replaceAll("%3A", ":");
    return PATH + name + (told ? `?${told}` : "");
  }

  // What every question names: the review on the screen, and the township that is picked there.
  function basis() {
    const { name, asOf, fingerprint } = shown();
    return { name, as_of: asOf || "", fingerprint, unit: page.unit || null, n: ++page.n };
  }

  function go(name, asOf, push) {
    if (bihuan.office.blind()) {
      bihuan.office.tellBlind();
      return;
    }
    if (push) history.pushState({}, "", address(name, asOf));
    closeDialogs();
    closeDrawer();
    ask(name, asOf);
  }

  function ask(name, asOf) {
    page.n += 1;
    page.wanted = page.n;
    set("review-ask", { data: { name, as_of: asOf || "", unit: page.unit || null, n: page.n } });
    wait();
  }

  function again() {
    const { name, asOf } = shown();
    ask(name, asOf);
  }

  function wait() {
    rest();
    page.timers = [
      window.setTimeout(() => ($("review-progress").hidden = false), SHOW_PROGRESS_AFTER),
      window.setTimeout(() => tellFailed(), ANSWER_WITHIN),
    ];
    $("review-main").setAttribute("aria-busy", "true");
  }

  function rest() {
    for (const timer of page.timers) window.clearTimeout(timer);
    page.timers = [];
    $("review-progress").hidden = true;
    $("review-main").removeAttribute("aria-busy");
  }

  function tellFailed() {
    rest();
    set("notice", { children: t("No answer came; please try again.") });
  }

  // The browser's own back and forward, and the link in the masthead: within the page nothing else is drawn anew.
  function follow(event) {
    if (!page || !page.root.isConnected || !isReview(location.pathname) || !shown()) return;
    event.stopImmediatePropagation();
    ask(location.pathname.slice(PATH.length), query(location.search).get("as_of"));
    closeDrawer();
  }

  for (const kind of ["popstate", "_dashprivate_pushstate"]) window.addEventListener(kind, follow, true);

  // What arrives. It may be there before the page is.

  function draw(told) {
    mountIfThere();
    if (!told || !page) return;
    bihuan.draw($("review-title"), told.title);
    bihuan.draw($("review-ways"), told.ways);
    bihuan.draw($("review-main"), told.main);
    const now = shown();
    if (Number(now.n) >= page.wanted) {
      rest();
      set("notice", { children: "" });
    }
    page.unit = now.unit || page.unit;
    tellPages();
    document.dispatchEvent(new CustomEvent("review:shown"));
    if (page.kept) reopen();
  }

  function drawUnit(told) {
    if (!told || !page || !shown()) return;
    bihuan.draw($("review-unit-panel"), told);
  }

  // Back from a case, the list that it was opened from is there again.
  function reopen() {
    const kept = page.kept;
    page.kept = null;
    if (kept.unit && kept.unit !== page.unit) pick(kept.unit);
    if (kept.list) openList(kept.list, null, kept.most);
  }

  function keep() {
    history.replaceState({ ...history.state, review: { unit: page.unit, list: page.list, most: page.most } }, "");
  }

  // A township is picked.

  function pick(unit) {
    page.unit = unit;
    keep();
    markPicked();
    set("review-unit-ask", { data: basis() });
    $("review-unit-panel").scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
  }

  function markPicked() {
    for (const button of document.querySelectorAll(".review-pick")) {
      const pressed = String(button.dataset.pick === page.unit);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
  }

  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  // The cases behind a number.

  function openList(key, opener, most) {
    if (bihuan.office.blind()) {
      bihuan.office.tellBlind();
      return;
    }
    page.list = key;
    page.most = most || ROWS;
    keep();
    openDrawer(opener);
    $("review-drawer-title").textContent = t("Being read…");
    $("review-drawer-body").setAttribute("aria-busy", "true");
    set("review-list-ask", { data: { ...basis(), key, most: page.most } });
  }

  function showList(told) {
    if (!page || !told || !$("review-drawer") || $("review-drawer").hidden || page.list === null) return;
    if (told.key && told.key !== page.list) return; // another one was asked for since
    const body = $("review-drawer-body");
    body.removeAttribute("aria-busy");
    if (told.said) {
      $("review-drawer-title").textContent = told.said;
      body.replaceChildren();
      return;
    }
    $("review-drawer-title").textContent = told.title;
    const lines = make("ol", { className: "review-lines" }, ...told.rows.map(line));
    const parts = [tabs(told), make("p", { className: "review-told figures" }, told.told), lines];
    if (told.rows.length < told.total) parts.push(moreButton(told));
    body.replaceChildren(...parts);
    if (page.scrolled !== told.key) body.scrollTop = 0;
    page.scrolled = told.key;
  }

  function tabs(told) {
    const made = told.parts.map((part) => {
      const pressed = String(part.key === told.key);
      return make("button", { type: "button", "data-list": part.key, "aria-pressed": pressed }, `${part.name} ${part.number}`);
    });
    const how = told.define && make("button", { type: "button", className: "link", "data-define": told.define }, t("How it is counted"));
    return make("div", { className: "review-tabs" }, ...made, how || null);
  }

  function line(row) {
    const span = (className, ...told) => make("span", { className }, ...told);
    const risk = make("span", { className: "risk", "data-colour": row.colour, role: "img", "aria-label": words().of("colour", row.colour) });
    const what = span("review-line-what", make("b", {}, row.category), span("", row.unit), span("", words().of("status", row.status)));
    const late = span("review-line-late figures", row.late ? t("{span} over", { span: row.late }) : "");
    const more = span("review-line-more figures", ...[...row.when.split(" · "), ...row.notes].flatMap((each) => [span("", each), " "]));
    const code = span("review-line-code figures", row.code);
    const told = make(row.href ? "a" : "div", { className: "review-line", ...(row.href && { href: row.href }) }, risk, what, late, more, code);
    return make("li", { "data-key": `${row.code}/${row.span}` }, told);
  }

  const moreButton = (told) => make("button", { type: "button", "data-more": told.key }, t("Show more"));

  // The drawer: a list, or how an indicator is counted.

  function openDrawer(opener) {
    if (page.opener) page.opener.removeAttribute("aria-expanded");
    if (opener && !opener.closest("#review-drawer")) {
      page.opener = opener;
      opener.setAttribute("aria-expanded", "true");
    }
    const drawer = $("review-drawer");
    drawer.hidden = false;
    $("review-drawer-title").focus({ preventScroll: true });
    if (!opener || drawer.contains(opener)) return;
    const below = opener.getBoundingClientRect().bottom + GAP - drawer.getBoundingClientRect().top;
    if (drawer.offsetWidth === document.documentElement.clientWidth && below > 0) scrollBy({ top: below, behavior: calm() ? "auto" : "smooth" }); // else it would be covered
  }

  function closeDrawer() {
    const drawer = $("review-drawer");
    if (!drawer || drawer.hidden) return;
    drawer.hidden = true;
    $("review-drawer-body").replaceChildren();
    page.list = null;
    keep();
    if (!page.opener) return;
    page.opener.removeAttribute("aria-expanded");
    if (page.opener.isConnected) page.opener.focus({ preventScroll: true });
    page.opener = null;
  }

  function define(indicator, opener) {
    const told = $(`review-define-${indicator}`);
    if (!told) return;
    page.list = null;
    openDrawer(opener);
    $("review-drawer-title").textContent = told.querySelector("h3").textContent;
    $("review-drawer-body").replaceChildren(told.querySelector("dl").cloneNode(true));
  }

  // Dialogs.

  function openDialog(id) {
    const dialog = $(id);
    if (!dialog || dialog.open) return;
    if (id === "review-as-of") buildFields();
    dialog.showModal();
  }

  function closeDialogs() {
    for (const dialog of document.querySelectorAll("dialog.review-dialog[open]")) dialog.close();
  }

  // The browser's own field of day and time, which Dash has no component for.
  function buildFields() {
    const room = $("review-as-of-fields");
    const { at, now, name, label, show } = room.dataset;
    const field = make("input", { type: "datetime-local", id: "review-as-of-field", value: at, max: now, step: 60 });
    const onclick = () => {
      if (field.value && field.reportValidity()) go(name, field.value, true);
    };
    room.replaceChildren(make("label", { htmlFor: field.id }, label), field, make("button", { type: "button", onclick }, show));
  }

  // One finger does it all.

  document.addEventListener("click", (event) => {
    if (!page || !page.root.contains(event.target)) return;
    const at = (selector) => event.target.closest(selector);
    const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const way = at("a.review-go");
    const row = at("a.review-line, a.review-case, a.review-within");
    if (way && plain) {
      event.preventDefault();
      go(way.dataset.name, way.dataset.asOf, true);
    } else if (row && plain) {
      event.preventDefault();
      keep();
      history.pushState({}, "", row.href);
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    } else if (at("[data-list]")) openList(at("[data-list]").dataset.list, at("[data-list]"));
    else if (at("[data-more]")) openList(at("[data-more]").dataset.more, null, page.most + MORE);
    else if (at("[data-define]")) define(at("[data-define]").dataset.define, at("[data-define]"));
    else if (at("[data-pick]")) pick(at("[data-pick]").dataset.pick);
    else if (at("#review-drawer-close")) closeDrawer();
    else if (at("#review-as-of-open")) openDialog("review-as-of");
    else if (at("#review-export-open")) openDialog("review-export");
    else if (at("#review-print")) print();
    else if (at("#review-news")) again();
    else if (at(".review-close") || event.target.matches("dialog.review-dialog")) closeDialogs();
  });

  function print() {
    closeDialogs();
    window.print();
  }

  // The head of every printed page: what stands in a page's margin only a style sheet can say.
  const heads = new CSSStyleSheet();

  function tellPages() {
    const head = document.querySelector(".review-page-head");
    if (!head) return;
    const [left, right] = [...head.children].map((each) => JSON.stringify(each.textContent));
    heads.replaceSync(`@page { @top-left { content: ${left}; font-size: 9px; } @top-right { content: ${right}; font-size: 9px; } }`);
    if (!document.adoptedStyleSheets.includes(heads)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, heads];
  }

  // What is folded away on the screen is there on paper.
  const folded = () => document.querySelectorAll("#review details:not([open])");
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...folded()];
    for (const each of unfolded) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of unfolded) each.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (page && event.key === "Escape" && !document.querySelector("dialog[open]")) closeDrawer();
  });

  // The line to the server.

  function hear(message) {
    if (!page) return;
    page.away = message.database === "away";
    showBlind();
    const now = shown();
    const button = $("review-news");
    if (!now || !button || now.live !== "yes" || !message.position) return;
    button.hidden = !(message.position > Number(now.position) && bihuan.office.now() - Number(now.at) > NEWS_AFTER);
  }

  function showBlind() {
    if (page) page.root.toggleAttribute("data-blind", bihuan.office.blind() || page.away);
  }

  // The page comes and goes; Dash draws it.

  function mount(root) {
    const kept = history.state && history.state.review;
    page = { root, n: 0, wanted: 0, unit: null, list: null, most: ROWS, opener: null, away: false, timers: [], seen: null, kept };
    wait();
    showBlind();
  }

  function mountIfThere() {
    const root = $("review");
    if (page && page.root !== root) {
      for (const timer of page.timers) window.clearTimeout(timer);
      page = null;
    }
    if (root && !page && words() && window.dash_clientside && window.dash_clientside.set_props) mount(root);
  }

  new MutationObserver(() => {
    mountIfThere();
    if (page && page.timers.length && $("notice").textContent) rest();
  }).observe(document.documentElement, { childList: true, subtree: true });

  bihuan.review = { again: () => page && shown() && again() };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { review: { drawn: draw, unit: drawUnit, listed: showList } });
  document.addEventListener("DOMContentLoaded", () => bihuan.office.listen({ told: hear, lost: showBlind })); // read after this
})();
