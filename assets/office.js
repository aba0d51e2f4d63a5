// The office's line to the server: it says when it is blind, when the session has ended, and hands frames to the page.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const listeners = new Set();
  let line = null;
  let shown = "";

  // A page's script hears every frame and beat: told(message), and lost(blind) when contact is lost or back.
  bihuan.office = {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    say(message) {
      if (line && line.socket && line.socket.readyState === WebSocket.OPEN) line.socket.send(JSON.stringify(message));
    },
    now: () => (line ? line.now() : Date.now()),
    words: () => words,
    blind: () => !line || line.lost,
  };

  let words = null;

  function begin(masthead) {
    words = new bihuan.Words(JSON.parse(masthead.dataset.words));
    if (line) return;
    line = new bihuan.Live(masthead.dataset.live, {
      told(message) {
        show(message.database === "away" ? "away" : "live");
        for (const listener of listeners) listener.told(message);
      },
      changed() {
        show(line.lost ? "lost" : "live");
        for (const listener of listeners) if (listener.lost) listener.lost(line.lost);
      },
      refused() {
        location.assign("/sign-in?next=" + encodeURIComponent(location.pathname));
      },
    });
    line.start();
  }

  function show(state) {
    const place = document.getElementById("office-line");
    if (!place || !words) return;
    if (state !== shown || place.dataset.state !== state) {
      place.dataset.state = state;
      place.textContent =
        state === "lost"
          ? words.t("No contact with the server: what you see is old")
          : state === "away"
            ? words.t("The database is away: what you see is old")
            : "";
      shown = state;
    }
  }

  // The masthead is drawn by Dash, after this script has run, and again when one goes to another page.
  new MutationObserver(function () {
    const masthead = document.getElementById("office-masthead-inner");
    if (masthead && masthead !== begin.seen) {
      begin.seen = masthead;
      begin(masthead);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
