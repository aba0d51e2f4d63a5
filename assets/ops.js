// Operations and audit: grey while nothing is known, and no polling for nobody: it would keep a session open for ever.
(function () {
  "use strict";
  const REST_AFTER = 15 * 60 * 1000;
  const TICKS = ["ops-tick", "ops-people-tick"];
  let touched = performance.now();
  let resting = false;

  const page = () => document.getElementById("ops") || document.getElementById("audit");

  function grey(old) {
    const shown = page();
    if (shown) shown.toggleAttribute("data-old", old);
  }

  function rest(wanted) {
    if (!document.getElementById("ops")) {
      resting = false;
      return;
    }
    if (wanted === resting) return;
    resting = wanted;
    for (const tick of TICKS) window.dash_clientside.set_props(tick, { disabled: wanted });
    grey(wanted);
  }

  function touch() {
    touched = performance.now();
    rest(false);
  }

  // An export is fetched, not navigated to: what went wrong is told on the page, and the request says where it comes from.
  async function fetchFile(form, button) {
    const t = (msgid) => window.bihuan.office.words().t(msgid);
    const told = document.getElementById("audit-told");
    const body = new URLSearchParams(new FormData(form));
    body.set(button.name, button.value);
    told.textContent = t("The file is being made…");
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (!answer.ok) throw new Error(String(answer.status));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))[1];
      link.click();
      URL.revokeObjectURL(link.href);
      told.textContent = t("The file is made, and written down here.");
    } catch {
      told.textContent = t("The file could not be made; please try again.");
    }
  }

  // The browser's own controls hand what is chosen to the store that is named after them.
  const hand = (id, data) => window.dash_clientside.set_props(`${id}-chosen`, { data });

  function markKind(kinds, button) {
    const t = (msgid, values) => window.bihuan.office.words().t(msgid, values);
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    const marked = [...kinds.querySelectorAll("button[aria-pressed=true]")];
    const told = marked.length > 2 ? t("{n} kinds", { n: marked.length }) : marked.map((each) => each.textContent).join("、");
    document.getElementById("audit-kinds-told").textContent = told || t("anything");
    hand("audit-kinds", marked.map((each) => each.value));
  }

  function closeKinds(kinds) {
    kinds.open = false;
    kinds.querySelector("summary").focus();
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches(".ops-choice")) hand(event.target.id, event.target.value);
  });

  document.addEventListener("click", function (event) {
    const kinds = document.getElementById("audit-kinds");
    const button = event.target.closest("#audit-kinds button");
    if (button) markKind(kinds, button);
    else if (kinds && !kinds.contains(event.target)) kinds.open = false;
  });

  document.addEventListener("focusin", function (event) {
    const kinds = document.getElementById("audit-kinds");
    if (kinds && !kinds.contains(event.target)) kinds.open = false;
  });

  document.addEventListener("keydown", function (event) {
    const kinds = event.target.closest("#audit-kinds[open]");
    if (kinds && event.key === "Escape") closeKinds(kinds);
  });

  document.addEventListener("submit", function (event) {
    if (event.target.id !== "audit-export") return;
    event.preventDefault();
    fetchFile(event.target, event.submitter);
  });

  window.bihuan.office.listen({
    told(message) {
      rest(performance.now() - touched > REST_AFTER);
      grey(resting || message.database === "away");
    },
    lost(blind) {
      grey(resting || blind);
    },
  });
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) window.addEventListener(kind, touch, { passive: true });
})();
