// The office's line to the server: it says when it is blind, when the session has ended, and hands frames to the page.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const listeners = new Set();
  const INSISTS_FOR = 4000;
  let line = null;
  let shown = "";
  let insisting = 0;

  // A page's script hears every frame and beat: told(message), and lost(blind) when contact is lost or back.
  bihuan.office = {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // Once on each connection, however often it is said one after the other.
    say(message) {
      const socket = line && line.socket, text = JSON.stringify(message);
      if (!socket || socket.readyState !== WebSocket.OPEN || socket.saidLast === text) return;
      socket.saidLast = text;
      socket.send(text);
    },
    now: () => (line ? line.now() : Date.now()),
    words: () => words,
    blind: () => !line || line.lost,
    tellBlind,
  };

  let words = null;
  let cut = []; // feeds nothing is heard of
  const calm = () => (cut.length ? "cut" : "live");

  function begin(masthead) {
    words = new bihuan.Words(JSON.parse(masthead.dataset.words));
    if (line) return;
    line = new bihuan.Live(masthead.dataset.live, {
      told(message) {
        cut = message.cut || [];
        show(message.database === "away" ? "away" : calm());
        for (const listener of listeners) listener.told(message);
      },
      changed() {
        show(line.lost ? "lost" : calm());
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
    const key = [state, ...cut].join();
    if (key === shown && place.dataset.state === state) return;
    place.dataset.state = state;
    delete place.dataset.insists;
    place.textContent = sentence(state);
    shown = key;
  }

  function sentence(state) {
    if (state === "lost") return words.t("No contact with the server: what you see is old");
    if (state === "away") return words.t("The database is away: what you see is old");
    if (state === "cut") return words.t("nothing comes in from {feeds}", { feeds: cut.map((feed) => words.of("feed_short", feed)).join(words.t(", ")) });
    return "";
  }

  // Somebody asked for something that can't be done now: say so where the loss is told.
  function tellBlind() {
    const place = document.getElementById("office-line");
    if (!place || !words) return;
    place.textContent = words.t("Nothing was done: what you see is old. Try again when contact is back.");
    place.dataset.insists = "";
    window.clearTimeout(insisting);
    insisting = window.setTimeout(() => {
      shown = null;
      show(place.dataset.state);
    }, INSISTS_FOR);
  }

  // What a page says of its keys: by its button, and by `?` wherever nobody writes.
  const writes = (node) => node.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

  function openHelp() {
    const help = document.getElementById("help");
    if (help && !document.querySelector("dialog[open]")) help.showModal();
  }

  document.addEventListener("click", (event) => event.target.closest("#help-open") && openHelp());
  document.addEventListener("keydown", (event) => event.key === "?" && !event.isComposing && !writes(event.target) && openHelp());

  // The masthead is drawn by Dash, after this script has run, and again when one goes to another page.
  new MutationObserver(function () {
    const masthead = document.getElementById("office-masthead-inner");
    if (masthead && masthead !== begin.seen) {
      begin.seen = masthead;
      begin(masthead);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
