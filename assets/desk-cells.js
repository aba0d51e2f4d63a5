// What the queue's cells show: codes and instants of a row in words, marks and chips. Named by the grid's column definitions.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const MINUTE = 60 * 1000;
  const HOUR = 60 * MINUTE;
  const NEW_FOR = 10 * MINUTE;
  const FINE_LEFT = 3; // days up to which the time left is told to the hour
  const FINE_OVERDUE = 10;

  const words = () => bihuan.office.words();
  const now = () => bihuan.office.now();

  // A clock that stands still had passed before, or does not pass: as the server counts it.
  function overdue(row) {
    if (!row.runs || row.due_at === null) return false;
    return row.due_at < now() && (row.paused_at === null || row.due_at < row.paused_at);
  }

  function dueWithin(row, span) {
    return row.runs && row.due_at !== null && row.paused_at === null && row.due_at >= now() && row.due_at <= now() + span;
  }

  // Lateness raises a colour, also between two frames.
  function colour(row) {
    return row.colour === "blue" && overdue(row) ? "yellow" : row.colour;
  }

  // The time left in words, and how near it is: "late", "soon", "today" or nothing.
  function left(row) {
    const t = words().t.bind(words());
    if (!row.runs || row.due_at === null) return { text: "—", near: "" };
    if (overdue(row)) return { text: t("{span} over", { span: words().span((row.paused_at || now()) - row.due_at, FINE_OVERDUE) }), near: "late" };
    if (row.paused_at !== null) return { text: t("stopped"), near: "" };
    const span = row.due_at - now();
    const near = span < 2 * HOUR ? "soon" : span < 24 * HOUR ? "today" : "";
    return { text: t("{span} left", { span: words().span(span, FINE_LEFT) }), near };
  }

  function notes(row) {
    const t = words().t.bind(words());
    const present = bihuan.desk.present(row.code);
    return [
      row.runs && now() - row.reported_at < NEW_FOR && { text: t("new") },
      present.length && { text: t("{names} looking", { names: present.join("、") }), kind: "present" },
      row.reports > 1 && { text: t("{n} reports", { n: row.reports }) },
      row.sensitive && { text: t("protected") },
      row.provisional && !row.ended && { text: t("provisional") },
      row.paused_at !== null && !row.ended && { text: t("stopped") },
      row.round > 1 && { text: t("round {n}", { n: row.round }) },
    ].filter(Boolean);
  }

  const element = (...told) => window.React.createElement(...told);
  const short = (code) => code.slice(code.lastIndexOf("-") + 1);

  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  components.DeskCase = function DeskCase({ data }) {
    if (!data) return element("span", { className: "desk-loading" }, "…");
    if (data.gone) return element("span", { className: "quiet" }, words().t("no longer yours to see"));
    const shown = colour(data);
    return element(
      "span",
      { className: "desk-case" },
      element("span", { className: "risk", "data-colour": shown, role: "img", "aria-label": words().of("colour", shown) }),
      element("b", null, words().of("category", data.category)),
      ...notes(data).map((note, number) => element("span", { className: "note", "data-kind": note.kind, key: number }, note.text)),
      data.title ? element("span", { className: "desk-title quiet" }, data.title) : null,
    );
  };

  components.DeskDue = function DeskDue({ data }) {
    if (!data || data.gone) return null;
    const told = left(data);
    return element("span", { className: "desk-due figures", "data-near": told.near }, told.text);
  };

  const shown = (tell) => (params, ...more) => (params.data && !params.data.gone ? tell(params.data, ...more) : "");

  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  functions.deskTold = shown((row, name) => row[name] || "—");
  functions.deskFeeds = shown((row) => row.feeds.map((feed) => words().of("feed_short", feed)).join(" · "));
  functions.deskStatus = shown((row) => words().of("status", row.status));
  functions.deskShort = shown((row) => short(row.code));
  functions.deskCurrent = (params) => Boolean(params.data) && params.data.key === bihuan.desk.currentKey();
  functions.deskLeft = (params) => Boolean(params.data) && !params.data.gone && !bihuan.desk.fits(params.data);
  functions.deskGone = (params) => Boolean(params.data && params.data.gone);
  functions.deskTheme = (quartz) =>
    quartz.withParams({
      accentColor: "var(--accent)",
      backgroundColor: "var(--surface)",
      foregroundColor: "var(--text)",
      borderColor: "var(--line)",
      headerBackgroundColor: "var(--surface)",
      headerTextColor: "var(--text-2)",
      headerFontWeight: 400,
      fontFamily: "var(--font)",
      fontSize: 14,
      oddRowBackgroundColor: "var(--surface)",
      selectedRowBackgroundColor: "color-mix(in srgb, var(--accent) 8%, transparent)",
      rowHoverColor: "var(--ground)",
      wrapperBorder: false,
      wrapperBorderRadius: 0,
      columnBorder: false,
      headerColumnResizeHandleColor: "transparent",
      cellHorizontalPadding: 8,
    });
  // What the grid says to who can't see it; the rest of its words are never shown.
  functions.deskLocale = () => {
    const t = words().t.bind(words());
    return {
      ariaRowToggleSelection: t("Press Space to mark this case"),
      ariaRowSelect: t("Press Space to mark this case"),
      ariaRowDeselect: t("Press Space to take the mark away"),
      ariaChecked: t("marked"),
      ariaUnchecked: t("not marked"),
      ariaSortableColumn: t("Press Enter to sort"),
      ariaLabelLoading: t("loading"),
      loadingOoo: t("loading"),
      selectionColumnHeaderName: t("marked"),
    };
  };

  // Arrows move within a list, Tab goes past it: from the list's edge on it is the browser's business. The grid has a way of
  // its own to its edge, but takes no second Tab until a timer has run, and then one is led from row to row.
  let leaving = false;
  document.addEventListener(
    "keydown",
    (event) => {
      const list = event.key === "Tab" && !event.ctrlKey && !event.altKey && !event.metaKey && event.target.closest(".ag-root-wrapper");
      const edge = list && list.querySelector(event.shiftKey ? ".ag-tab-guard-top" : ".ag-tab-guard-bottom");
      if (!edge) return;
      event.stopPropagation();
      leaving = true;
      edge.tabIndex = 0;
      edge.focus({ preventScroll: true });
      leaving = false;
    },
    true,
  );
  document.addEventListener("focus", (event) => leaving && event.stopPropagation(), true); // the edge would lead back in

  bihuan.deskRows = { overdue, dueWithin, colour, left, notes, short };
})();
