// Draws what `dashboard.components.drawing` tells, and what scripts make: elements with attributes, and texts that stay texts.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});

  function element(told) {
    if (typeof told === "string") return document.createTextNode(told);
    const [tag, attributes, children] = told;
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) give(node, name, value);
    node.append(...children.map(element));
    return node;
  }

  function give(node, name, value) {
    if (name === "style") for (const [property, told] of Object.entries(value)) node.style.setProperty(property, told);
    else node.setAttribute(name, value === true ? "" : value);
  }

  // `props`: listeners ("onclick"), properties, or else attributes; of `children` what is null is left out.
  bihuan.make = function (tag, props, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name in node && name !== "list") node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };

  // In place of what was there; who had the focus keeps it, if it is there again.
  bihuan.draw = function (room, nodes) {
    const active = room.contains(document.activeElement) ? document.activeElement : null;
    const name = active && (active.id ? `#${CSS.escape(active.id)}` : `[aria-label="${CSS.escape(active.getAttribute("aria-label") || "")}"]`);
    room.replaceChildren(...nodes.map(element));
    const again = name && room.querySelector(name);
    if (again) again.focus({ preventScroll: true });
  };
})();
