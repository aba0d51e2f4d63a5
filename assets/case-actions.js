// What may be done with cases, drawn from the table the server hands over (`data-spec` of #act): buttons, forms, results, undo.
//
// A form belongs to the cases it was opened for, at the versions that were seen then, whatever is picked or changes meanwhile; it
// keeps what was written until it is done or left. On the desk it acts on what is marked or open there (`bihuan.desk`), on a case's
// page on that case.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const $ = (id) => document.getElementById(id);
  const SHOWN_FOR = 10 * 60 * 1000; // an undo, at most
  const LOOK_AGAIN = 80; // milliseconds, for who runs through the list
  const MANY = 15; // minutes without a hand on the machine: then nothing is asked that keeps the session alive
  const CONSENTS_EVERY = 10 * 1000;
  const ANSWERED_WITHIN = 15 * 1000;
  const SAYS_REPORT = new Set(["report", "span", "contested"]);

  const words = () => (bihuan.office ? bihuan.office.words() : null);
  const t = (msgid, values) => words().t(msgid, values);
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  let room = null; // {root, forms, units, ...} while the page has one
  let asked = 0;
  let looked = 0;
  let form = null; // {spec, cases, fields, previewed, waits}
  let undo = null; // {code | number, until}
  let touched = Date.now();

  const element = (...told) => bihuan.make(...told);

  // No contact, or the database away: the page says so on its root.
  const blind = () => bihuan.office.blind() || room.root.closest("[data-blind]") !== null;

  // For which cases.

  const onDesk = () => $("desk") !== null;

  function cases() {
    if (onDesk()) return bihuan.desk ? bihuan.desk.selected().map(({ code, version }) => ({ code, version })) : [];
    const shown = $("case-shown");
    return shown ? [{ code: shown.dataset.code, version: Number(shown.dataset.version) }] : [];
  }

  function look() {
    if (!room) return;
    makeRoom();
    window.clearTimeout(room.looking);
    room.looking = window.setTimeout(() => {
      const about = cases();
      room.root.toggleAttribute("data-many", about.length > 1);
      if (about.length) set("act-look", { data: { n: ++looked, cases: about } });
      else offered(null);
    }, LOOK_AGAIN);
  }

  function offered(told) {
    if (!room || (told && told.codes === undefined && told.code !== (cases()[0] || {}).code)) return;
    room.offer = told || { forms: [], choices: {}, must: {}, undo_until: null };
    drawButtons();
    if (form && form.previewed && !form.waits && told && form.cases.length === 1 && told.code === form.cases[0].code && told.version > form.cases[0].version) outdate(told.version);
  }

  // Somebody else has acted on the case since what is shown was reckoned: it is asked for again before anything is sent.
  function outdate(version) {
    changed();
    form.cases[0].version = version;
    tell(t("The case has changed meanwhile. Look again before you go on."));
  }

  // The buttons.

  function drawButtons() {
    const { offer } = room;
    const many = Boolean(offer.codes);
    const offeredForms = room.forms.filter((spec) => offer.forms.includes(spec.name));
    const buttons = offeredForms.map((spec) =>
      element(
        "button",
        { type: "button", "data-act": spec.name, "aria-expanded": String(Boolean(form && form.spec === spec)), onclick: () => open(spec) },
        titleOf(spec, offer),
        spec.key ? element("kbd", { "aria-hidden": "true" }, spec.key) : null,
      ),
    );
    if (!many && offer.undo_until && offer.undo_until > bihuan.office.now()) {
      undo = undo && undo.number ? undo : { code: offer.code, until: offer.undo_until };
    } else if (!many && undo && undo.code === offer.code) undo = null;
    const again = document.activeElement && room.buttons.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    room.buttons.replaceChildren(...buttons);
    if (again) (room.buttons.querySelector(`[data-act="${again}"]`) || room.buttons).focus({ preventScroll: true });
    showUndo();
  }

  const titleOf = (spec, offer) => (spec.name === "assign" && offer.reassigns ? t("Reassign") : spec.title);

  // A form.

  function open(spec) {
    const about = cases();
    if (blind()) return refuseBlind();
    if (!about.length || (form && form.waits)) return false;
    form = { spec, cases: about, fields: {}, previewed: "", waits: false, offer: room.offer, from: document.activeElement };
    room.result.replaceChildren();
    drawForm();
    drawButtons();
    return true;
  }

  // A report's own button opens the form that takes it out, with the report picked.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-split]");
    const spec = button && room && room.forms.find((each) => each.name === "split" && room.offer.forms.includes(each.name));
    if (!spec || !open(spec)) return;
    if ($("act-report")) $("act-report").value = button.dataset.split;
    if ($("act-reason")) $("act-reason").focus();
  });

  // Nothing is sent that nobody hears.
  function refuseBlind() {
    bihuan.office.tellBlind();
    return true;
  }

  // While the open case has a form, the form has the panel: what else stands there would push its last row out of sight.
  function makeRoom() {
    const codes = (told) => told.map((each) => each.code).join();
    room.root.toggleAttribute("data-form", Boolean(form) && codes(form.cases) === codes(cases()));
  }

  function drawForm() {
    makeRoom();
    if (!form) {
      room.form.replaceChildren();
      room.form.hidden = true;
      return;
    }
    const { spec, cases: about, offer } = form;
    const title = element("h3", {}, titleOf(spec, offer), " ", element("span", { className: "quiet figures" }, about.length > 1 ? t("{n} cases", { n: about.length }) : about[0].code));
    const drawn = element("form", { onsubmit: submit, oninput: changed, autocomplete: "off", className: "act-form", "aria-label": titleOf(spec, offer) }, title);
    const reports = (offer.choices.report || []).length > 1 && about.length === 1;
    const workers = offer.choices.worker || [];
    const sole = workers.length === 1 && spec.fields.some((field) => field.name === "worker") ? workers[0] : null;
    if (sole) {
      title.lastChild.append(` · ${sole[1]}`);
      drawn.append(element("input", { type: "hidden", name: "worker", value: sole[0] }));
    }
    const asksFor = { report: reports, worker: workers.length > 1 };
    const fields = spec.fields.filter((field) => asksFor[field.name] ?? true);
    if (reports && !spec.fields.some((field) => SAYS_REPORT.has(field.name)) && spec.name !== "merge") fields.push({ name: "report", label: t("Report"), must: false, shape: "select", options: [] });
    for (const field of fields) drawn.append(...drawField(field));
    form.said = element("div", { className: "act-said", role: "status" });
    form.button = element("button", { type: "submit", className: "main" }, spec.previewed ? t("Show what it would do") : t("Do it"), " ", element("kbd", { "aria-hidden": "true" }, "⏎"));
    const cancel = element("button", { type: "button", onclick: close }, t("Cancel"), " ", element("kbd", { "aria-hidden": "true" }, "Esc"));
    drawn.append(form.said, element("div", { className: "act-row" }, form.button, cancel));
    room.form.replaceChildren(drawn);
    room.form.hidden = false;
    const first = drawn.querySelector("input:not([type=hidden]), select, textarea") || form.button;
    first.focus({ preventScroll: true });
    room.form.scrollIntoView({ block: "nearest" });
  }

  function drawField(field) {
    const id = `act-${field.name}`;
    const must = field.must || (form.offer.must[form.spec.name] || []).includes(field.name);
    const label = element("label", { htmlFor: id }, field.label, " ", must ? "" : element("span", { className: "quiet" }, t("(if any)")));
    const common = { id, name: field.name, required: must };
    if (field.shape === "area") return [label, element("textarea", { ...common, rows: 2, maxLength: 500, onkeydown: enterSubmits })];
    if (field.shape === "number") return [label, element("input", { ...common, type: "number", min: 1, max: 365, inputMode: "numeric" })];
    if (field.shape === "unit") return [label, unitPicker(common)];
    if (field.shape === "units") return [label, ...unitsPicker(common)];
    if (field.shape === "text") return [label, element("input", { ...common, type: "text", maxLength: 80 })];
    const options = field.options.length ? field.options : form.offer.choices[field.name] || [];
    const select = element("select", common, ...(field.must && options.length === 1 ? [] : [new Option(field.name === "report" ? t("all reports") : "", "")]), ...options.map(([value, word]) => new Option(word, value)));
    if (field.must && options.length) select.value = options.length === 1 ? options[0][0] : "";
    if (field.name === "worker" && options.length) select.value = options[0][0];
    return [label, select];
  }

  // Names and codes of the county's units, offered by the browser while one types.
  function unitPicker(common) {
    return element("input", { ...common, type: "text", list: "act-units", maxLength: 80, placeholder: t("name or code"), onchange: (event) => spellOut(event.target) });
  }

  // Part of a name that only one unit has becomes that unit, where one sees it before anything is sent.
  function spellOut(input) {
    const text = input.value.trim();
    const units = [...room.unitWords];
    const exact = units.filter((unit) => unit === text || unit.split(" ").includes(text));
    const meant = exact.length ? exact : units.filter((unit) => text && unit.includes(text));
    if (meant.length === 1) input.value = meant[0];
  }

  function unitsPicker(common) {
    const picked = [];
    const chips = element("div", { className: "act-chips" });
    const kept = element("input", { type: "hidden", name: common.name });
    const input = unitPicker({ ...common, name: "", required: false });
    const show = () => {
      kept.value = picked.join("\n");
      input.required = !picked.length;
      chips.replaceChildren(
        ...picked.map((unit, number) =>
          element("button", { type: "button", className: "chip", onclick: () => (picked.splice(number, 1), show(), input.focus()), "aria-label": t("Remove {unit}", { unit }) }, `${unit} ×`),
        ),
      );
    };
    const take = () => {
      spellOut(input);
      const text = input.value.trim();
      if (!text || picked.includes(text)) return false;
      picked.push(text);
      input.value = "";
      show();
      return true;
    };
    input.addEventListener("change", () => room.unitWords.has(input.value.trim()) && take());
    input.addEventListener("keydown", (event) => event.key === "Enter" && input.value.trim() && (event.preventDefault(), take()));
    input.required = true;
    form.settle = take;
    return [input, chips, kept];
  }

  // Enter sends, Shift+Enter begins a line; not while an input method composes.
  function enterSubmits(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  }

  function read(drawn) {
    return Object.fromEntries([...new FormData(drawn)].filter(([name]) => name).map(([name, value]) => [name, String(value)]));
  }

  function changed() {
    if (!form.spec.previewed || !form.previewed) return;
    form.previewed = "";
    form.said.replaceChildren();
    form.button.firstChild.textContent = t("Show what it would do");
  }

  function submit(event) {
    event.preventDefault();
    if (form.waits) return;
    if (blind()) {
      tell(t("Nothing was sent: there is no contact. What you wrote is kept."));
      return;
    }
    if (form.settle) form.settle();
    form.fields = read(event.target);
    const told = JSON.stringify(form.fields);
    const preview = form.spec.previewed && form.previewed !== told;
    form.asking = told;
    ask(preview ? "preview" : "act", { form: form.spec.name, cases: form.cases, fields: form.fields });
  }

  function ask(what, more) {
    wait(true);
    set("act-ask", { data: { n: ++asked, do: what, ...more } });
    window.clearTimeout(room.unanswered);
    room.unanswered = window.setTimeout(unanswered, ANSWERED_WITHIN);
  }

  // The server went away with the question: nobody knows whether it was done, and the version seen keeps it from being done twice.
  function unanswered() {
    if (!room) return;
    wait(false);
    tell(t("No answer came. It may have been done: look at the case before you try again."));
  }

  function wait(waits) {
    if (!form) return;
    form.waits = waits;
    form.button.disabled = waits;
  }

  function tell(sentence) {
    (form ? form.said : room.result).replaceChildren(element("p", { className: "act-refused" }, sentence));
    showSaid();
  }

  function showSaid() {
    if (form) form.said.scrollIntoView({ block: "nearest" });
  }

  function close() {
    if (form && form.waits) return;
    const { from, spec } = form || {};
    form = null;
    asked += 1; // an answer that comes now is for nobody
    drawForm();
    drawButtons();
    if (spec) giveBack(from, spec.name);
  }

  // The focus goes back to what opened the form: a row of the list, or its button, which may be another node by now. What had
  // the focus may be gone or hidden, as a dialog's button is whose dialog had just been closed.
  function giveBack(from, name) {
    const elsewhere = from && from !== document.body && !room.root.contains(from);
    if (elsewhere) from.focus({ preventScroll: true });
    if (elsewhere && document.activeElement === from) return;
    const button = room.buttons.querySelector(`[data-act="${name}"]`);
    if (button) button.focus({ preventScroll: true });
  }

  // What came of it.

  function told(answer) {
    if (!room || !answer || answer.n !== asked) return;
    set("act-ask", { data: null }); // what somebody wrote stays nowhere longer than it must
    window.clearTimeout(room.unanswered);
    wait(false);
    if (answer.kind === "preview") showPreview(answer);
    else if (answer.kind === "done" || answer.kind === "rows") finish(answer);
    else keepDraft(answer);
  }

  function showPreview(answer) {
    if (!form) return;
    form.said.replaceChildren(...sentences(answer));
    if (!answer.able) {
      form.said.firstChild.className = "act-refused";
      showSaid();
      fillIn();
      return;
    }
    form.previewed = form.asking;
    form.button.firstChild.textContent = t("Confirm");
    form.button.focus({ preventScroll: true });
    showSaid();
  }

  // A refusal leaves the form as it is; after somebody else's act the next try is about the case as it is now.
  function keepDraft(answer) {
    const place = form ? form.said : room.result;
    place.replaceChildren(...sentences(answer));
    place.firstChild.className = "act-refused";
    showSaid();
    if (answer.kind === "refused") fillIn();
    if (answer.kind !== "stale" || !form) return;
    form.previewed = "";
    if (form.cases.length === 1) form.cases[0].version = answer.version;
    if (form.spec.previewed) form.button.firstChild.textContent = t("Show what it would do");
    place.append(element("p", {}, t("What you wrote is kept. Look again before you go on.")));
    showSaid();
  }

  // What was refused may want the reason that was left out.
  function fillIn() {
    const reason = form && $("act-reason");
    if (reason && !reason.value) reason.focus({ preventScroll: true });
  }

  function finish(answer) {
    form = null;
    undo = answer.undo;
    drawForm();
    room.result.replaceChildren(...sentences(answer));
    room.result.tabIndex = -1;
    const refused = answer.rows.some((row) => !row.done);
    room.result.classList.toggle("act-partly", refused);
    showUndo();
    if (onDesk()) document.dispatchEvent(new CustomEvent("act:done"));
    look();
    focusBack();
  }

  // Back to the list, where j, k and the next key act on the next case.
  function focusBack() {
    const row = document.querySelector("#desk-grid .desk-current .ag-cell");
    if (row) row.focus({ preventScroll: true });
    else room.result.focus({ preventScroll: true });
  }

  function sentences(answer) {
    const lines = answer.lines.map((line) => element("li", {}, line));
    const rows = answer.rows.map((row) =>
      element("li", { className: row.done ? "act-row-done" : "act-row-refused" }, element("span", { className: "figures" }, row.code), ` ${row.sentence}`),
    );
    return [
      element("p", {}, answer.sentence),
      answer.other ? element("a", { href: `/case/${encodeURIComponent(answer.other)}${location.search}` }, answer.other) : null,
      lines.length ? element("ul", { className: "act-lines" }, ...lines) : null,
      rows.length ? element("ol", { className: "act-rows" }, ...rows) : null,
    ].filter(Boolean);
  }

  // Undo.

  function showUndo() {
    const left = undo ? undo.until - bihuan.office.now() : 0;
    if (left <= 0 || left > SHOWN_FOR + 1000) {
      if (left <= 0) undo = null;
      room.undo.replaceChildren();
      return;
    }
    const button = room.undo.firstChild || element("button", { type: "button", "data-act": "undo", onclick: takeBack });
    const seconds = Math.floor(left / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    button.replaceChildren(undo.number ? t("Undo all of it") : t("Undo the assignment of {code}", { code: undo.code }), " ", element("span", { className: "figures quiet" }, time), " ", element("kbd", { "aria-hidden": "true" }, "z"));
    if (!button.isConnected) room.undo.replaceChildren(button);
  }

  function takeBack() {
    if (undo && blind()) return refuseBlind();
    if (!undo || (form && form.waits)) return Boolean(undo);
    if (undo.number) ask("undo-many", { number: undo.number, cases: [] });
    else ask("undo", { cases: [{ code: undo.code, version: 0 }] });
    return true;
  }

  // Keys. On the desk they come through its own list of keys; on a case's page from here.

  function press(key) {
    if (!room) return false;
    if (key === "z") return takeBack();
    const spec = room.forms.find((each) => each.key === key && room.offer.forms.includes(each.name));
    return spec ? open(spec) : false;
  }

  document.addEventListener("keydown", (event) => {
    touched = Date.now();
    if (!room || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const node = event.target;
    if (event.key === "Escape" && form && !document.querySelector("dialog[open]")) {
      event.stopPropagation();
      close();
      return;
    }
    if (onDesk() || event.key.length !== 1) return;
    if (node.closest("input, textarea, select, dialog[open]") || document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
  }, true);
  document.addEventListener("pointerdown", () => (touched = Date.now()), true);

  // What waits for a second person (审批): its button stands in the masthead, for who may consent.

  function askConsents(asks) {
    if (!$("consent")) return;
    if (!bihuan.office.blind()) set("consent-ask", { data: { n: ++looked, ...asks } });
    else if (asks.do !== "list") bihuan.office.tellBlind();
  }

  function openConsents() {
    if (bihuan.office.blind()) bihuan.office.tellBlind();
    askConsents({ do: "list" });
    $("consent").showModal();
  }

  function showConsents() {
    const dialog = $("consent");
    const masthead = $("office-masthead-inner");
    if (!dialog || !masthead) return;
    let button = $("consent-open");
    if (!button) {
      button = element("button", { type: "button", id: "consent-open", onclick: openConsents });
      masthead.insertBefore(button, $("office-line"));
    }
    const count = $("consent-count");
    const text = `${dialog.dataset.title} ${count ? count.dataset.count : 0}`;
    if (button.textContent !== text) button.textContent = text;
    button.classList.toggle("consent-waits", Boolean(count && Number(count.dataset.count)));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-consent]");
    if (button) askConsents({ do: button.dataset.consent, reveal: Number(button.dataset.reveal) });
  });

  // The list is drawn anew after each decision; whose button is gone goes on with the next one.
  function keepFocus() {
    const dialog = $("consent");
    if (!dialog || !dialog.open || dialog.contains(document.activeElement)) return;
    (dialog.querySelector("[data-consent]") || dialog.querySelector("form button")).focus();
  }

  // The page comes and goes; Dash draws it.

  function mount(root) {
    const spec = JSON.parse(root.dataset.spec);
    const buttons = element("div", { className: "act-buttons", role: "group", tabIndex: -1 });
    const undoRoom = element("div", { className: "act-undo" });
    const formRoom = element("div", { hidden: true });
    const result = element("div", { className: "act-result", role: "status" });
    const units = element("datalist", { id: "act-units" }, ...spec.units.map(([code, name]) => element("option", { value: `${name} ${code}` })));
    form = null;
    undo = null;
    room = {
      root, forms: spec.forms, unitWords: new Set(spec.units.map(([code, name]) => `${name} ${code}`)),
      buttons, undo: undoRoom, form: formRoom, result, looking: 0, offer: { forms: [], choices: {}, must: {}, undo_until: null },
    };
    $("act-room").replaceChildren(buttons, formRoom, result, undoRoom, units);
    if (onDesk() && bihuan.desk && bihuan.desk.onAct) room.leave = bihuan.desk.onAct(press);
    look();
    askConsents({ do: "list" });
  }

  function leave() {
    if (room.leave) room.leave();
    window.clearTimeout(room.unanswered);
    window.clearTimeout(room.looking);
    room = null;
    form = null;
    undo = null;
    const button = $("consent-open");
    if (button && !$("consent")) button.remove();
  }

  document.addEventListener("desk:selected", look);
  document.addEventListener("case:shown", look);

  new MutationObserver(() => {
    const root = $("act");
    if (room && room.root !== root) leave();
    if (root && !room && $("act-room") && words() && window.dash_clientside && window.dash_clientside.set_props) mount(root);
    showConsents();
    keepFocus();
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.setInterval(() => {
    if (room && undo) showUndo();
  }, 1000);
  window.setInterval(() => {
    if (!document.hidden && Date.now() - touched < MANY * 60 * 1000) askConsents({ do: "list" });
  }, CONSENTS_EVERY);

  bihuan.act = { press };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { act: { offered, told } });
})();
