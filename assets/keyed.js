// A list whose rows are kept by key: one that stays is never rebuilt, one that comes or goes is seen to.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});

  const LEAVING = 1200;
  const FRESH = 6000;

  bihuan.element = function (tag, className, ...children) {
    const node = document.createElement(tag);
    node.className = className;
    node.append(...children);
    return node;
  };

  bihuan.byId = (id) => document.getElementById(id);
  bihuan.rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

  bihuan.text = function (node, words) {
    if (node.textContent !== words) node.textContent = words;
  };

  const SVG = "http://www.w3.org/2000/svg";

  bihuan.shape = function (tag, attributes) {
    return bihuan.shaped(document.createElementNS(SVG, tag), attributes);
  };

  bihuan.shaped = function (node, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
    }
    return node;
  };

  class Keyed {
    // `make()` builds an empty row, `fill(row, item)` writes it, `place(row, index)` puts it where it belongs.
    constructor(room, { make, fill, place }) {
      this.room = room;
      this.make = make;
      this.fill = fill;
      this.place = place;
      this.rows = new Map();
      this.begun = false;
    }

    // `ended(key)` tells a row that is done from one that was only pushed out of sight, `isNew(item)` one that has just come
    // from one that only found room.
    show(items, ended, isNew = () => true) {
      const wanted = new Set(items.map((item) => item.key));
      for (const [key, row] of this.rows) if (!wanted.has(key)) this.leave(key, row, ended && ended(key));
      items.forEach((item, index) => this.put(item, index, isNew));
      this.begun = true;
    }

    put(item, index, isNew) {
      const known = this.rows.get(item.key);
      const row = known || this.make();
      this.fill(row, item);
      this.place(row, index);
      if (!known) this.enter(item.key, row, isNew(item));
    }

    enter(key, row, isNew) {
      this.rows.set(key, row);
      this.room.append(row);
      if (!this.begun || !isNew) return;
      row.classList.add("fresh");
      window.setTimeout(() => row.classList.remove("fresh"), FRESH);
      if (this.flooded()) return;
      row.classList.add("entering");
      void row.offsetWidth; // the entering position must be laid out once, or there is nothing to move from
      row.classList.remove("entering");
    }

    // So much is coming that nobody could follow a movement: rows appear and are gone.
    flooded() {
      return this.room.closest("[data-flood]") !== null;
    }

    leave(key, row, ended) {
      this.rows.delete(key);
      if (this.flooded()) {
        row.remove();
        return;
      }
      row.classList.add("leaving");
      row.classList.toggle("ended", Boolean(ended));
      row.setAttribute("aria-hidden", "true");
      window.setTimeout(() => row.remove(), LEAVING);
    }

    each(visit) {
      this.rows.forEach((row) => visit(row));
    }
  }

  bihuan.Keyed = Keyed;
})();
