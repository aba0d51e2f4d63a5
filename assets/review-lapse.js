// The time-lapse of a review: its days, drawn from what came with the page, without asking the server again.
(function () {
  "use strict";
  const bihuan = (window.bihuan = window.bihuan || {});
  const $ = (id) => document.getElementById(id);
  const STEP = 1400;
  const ROW = 40;
  const UNRANKED = 999;

  const t = (msgid, values) => bihuan.office.words().t(msgid, values);

  let drawn = ""; // the fingerprint of the review whose days are in the room
  let days = null;
  let playing = 0;

  const make = (...told) => bihuan.make(...told);

  function toggle() {
    const room = $("review-lapse");
    if (!room) return;
    room.hidden = !room.hidden;
    $("review-replay").setAttribute("aria-expanded", String(!room.hidden));
    stop();
    if (room.hidden) return;
    build();
    room.scrollIntoView({ block: "start" });
    $("review-play").focus({ preventScroll: true });
  }

  // Once for each review: a slider of days, and a row for each township.
  function build() {
    const room = $("review-lapse");
    if (!room || room.hidden || drawn === room.dataset.key) return;
    drawn = room.dataset.key;
    days = JSON.parse(room.dataset.lapse);
    const rows = $("review-lapse-rows");
    rows.replaceChildren(...Object.entries(days.names).map(([code, name]) => row(code, name)));
    rows.style.height = `${Object.keys(days.names).length * ROW}px`;
    const last = days.days.length - 1;
    const most = Math.max(0, last);
    const oninput = () => {
      stop();
      show(Number(slider.value));
    };
    const told = { "aria-label": $("review-slider").dataset.label, oninput };
    const slider = make("input", { type: "range", min: 0, max: most, step: 1, value: most, disabled: last < 1, ...told });
    $("review-slider").replaceChildren(slider);
    $("review-play").disabled = last < 1;
    if (last < 0) $("review-lapse-told").textContent = t("No day of it has ended yet.");
    else show(last);
  }

  function row(code, name) {
    const span = (className, ...inside) => make("span", { className }, ...inside);
    const parts = [span("review-rank figures"), make("b", {}, name), span("review-bar", span("review-got")), make("b", { className: "figures" })];
    return make("div", { className: "review-race", "data-code": code }, ...parts);
  }

  function show(number) {
    const day = days.days[number];
    const slider = $("review-slider").firstChild;
    slider.value = number;
    slider.setAttribute("aria-valuetext", day.told);
    const counts = { day: day.told, given: day.given.toLocaleString("en-US"), overdue: day.overdue.toLocaleString("en-US") };
    $("review-lapse-told").textContent = t("{day}: {given} given so far, {overdue} open and overdue", counts);
    const place = (code) => (day.rows[code] || [])[1] || UNRANKED;
    const order = Object.keys(days.names).sort((one, other) => place(one) - place(other));
    for (const node of $("review-lapse-rows").children) fill(node, day.rows[node.dataset.code] || [null, null], order.indexOf(node.dataset.code));
  }

  function fill(node, [points, rank], index) {
    const [place, , bar, told] = node.children;
    node.style.transform = `translateY(${index * ROW}px)`;
    node.toggleAttribute("data-none", points === null);
    place.textContent = rank === null ? "—" : rank;
    bar.firstChild.style.width = `${points === null ? 0 : (100 * points) / days.possible}%`;
    told.textContent = points === null ? "—" : points.toFixed(1);
  }

  // From the first day, or on from the one that is shown.
  function play() {
    if (playing) {
      stop();
      return;
    }
    const slider = $("review-slider").firstChild;
    const last = days.days.length - 1;
    show(Number(slider.value) >= last ? 0 : Number(slider.value));
    $("review-play").textContent = t("Stop");
    playing = window.setInterval(() => {
      if (!slider.isConnected) return stop();
      show(Number(slider.value) + 1);
      if (Number(slider.value) >= last) stop();
    }, STEP);
  }

  function stop() {
    window.clearInterval(playing);
    playing = 0;
    if ($("review-play")) $("review-play").textContent = t("Play");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#review-replay") || event.target.closest("#review-lapse-close")) toggle();
    else if (event.target.closest("#review-play")) play();
  });

  document.addEventListener("review:shown", () => {
    stop();
    drawn = "";
    if ($("review-lapse")) $("review-lapse").hidden = $("review-replay").getAttribute("aria-expanded") !== "true"; // stays as it was
    build();
  });
})();
