// A screen's line to the server: newest frame in, beats twice a second, for ever. It knows when it is blind.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});

  const LOST_AFTER = 2000;
  const OPEN_WITHIN = 3000;
  const LOOK_EVERY = 100;
  const FIRST_DELAY = 200;
  const LONGEST_DELAY = 1000;
  const OFFSETS_KEPT = 20;
  const BEATS_OUT_OF_STEP = 4;
  const NO_LONGER_ADMITTED = 4403;

  class Live {
    // `listener` has told(message): a frame or a beat arrived; changed(): contact was lost or is back; and refused(): this
    // display is not admitted any more.
    constructor(path, listener) {
      this.url = new URL(path, location.href);
      this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
      this.listener = listener;
      this.decoder = new TextDecoder();
      this.heard = performance.now();
      this.lost = false;
      this.tries = 0;
      this.seq = 0;
      this.outOfStep = 0;
      this.offsets = [];
    }

    start() {
      this.connect();
      window.setInterval(() => this.look(), LOOK_EVERY);
    }

    // The server's time. A late message makes it look older, so the youngest of the last few is the truest.
    now() {
      return this.offsets.length ? performance.now() + Math.max(...this.offsets) : Date.now();
    }

    connect() {
      this.seq = 0; // a new line begins with everything
      this.outOfStep = 0;
      const socket = new WebSocket(this.url);
      socket.binaryType = "arraybuffer";
      socket.onmessage = (event) => this.hear(event.data);
      socket.onclose = (event) => (event.code === NO_LONGER_ADMITTED ? this.end() : this.retry(socket));
      this.socket = socket;
      this.dialled = performance.now();
    }

    retry(socket) {
      if (socket !== this.socket) return;
      this.socket = null;
      if (this.ended) return;
      const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.tries);
      this.tries += 1;
      window.setTimeout(() => this.connect(), delay * (0.5 + Math.random() / 2));
    }

    end() {
      this.ended = true;
      this.listener.refused();
    }

    hear(data) {
      const message = JSON.parse(this.decoder.decode(data));
      this.heard = performance.now();
      this.tries = 0;
      this.offsets.push(message.now - this.heard);
      if (this.offsets.length > OFFSETS_KEPT) this.offsets.shift();
      this.keepStep(message);
      this.setLost(false);
      this.listener.told(message);
    }

    // A beat that keeps naming a frame we never saw means that we missed it: a new connection begins with the newest.
    keepStep(message) {
      if (message.type === "frame") this.seq = message.seq;
      this.outOfStep = message.seq === this.seq ? 0 : this.outOfStep + 1;
      if (this.outOfStep > BEATS_OUT_OF_STEP) this.abandon();
    }

    look() {
      const now = performance.now();
      if (this.ended) return;
      const silent = now - this.heard > LOST_AFTER;
      if (silent) this.setLost(true);
      if (!this.socket) return;
      const opening = this.socket.readyState === WebSocket.CONNECTING;
      const patience = opening ? OPEN_WITHIN : LOST_AFTER;
      if (silent && now - this.dialled > patience) this.abandon();
    }

    // A cut cable never closes by itself, and its close would take minutes: leave it and dial again.
    abandon() {
      const socket = this.socket;
      this.outOfStep = 0;
      if (!socket) return;
      socket.onmessage = socket.onclose = null;
      socket.close();
      this.retry(socket);
    }

    setLost(lost) {
      if (lost === this.lost) return;
      this.lost = lost;
      if (lost) this.offsets = this.offsets.slice(-1);
      this.listener.changed();
    }
  }

  bihuan.Live = Live;
})();
