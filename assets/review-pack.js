// Taking a review away as a file: says that it is being made, for how long, and what went wrong. Without it the links work too.
(function () {
  "use strict";
  const { bihuan } = window;

  const SECOND = 1000;
  const KEPT_FOR = 60 * SECOND; // some browsers read the file after they were told to keep it
  const t = (msgid, values) => bihuan.office.words().t(msgid, values);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.review-file");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.ariaBusy !== "true") take(link);
  });

  async function take(link) {
    const begun = Date.now();
    const waiting = window.setInterval(() => count(begun), SECOND);
    link.ariaBusy = "true";
    say(t("The file is being made…"));
    try {
      const response = await fetch(address(link), { credentials: "same-origin" });
      if (!response.ok) throw new Refusal(await reason(response));
      keep(await response.blob(), nameOf(response));
      say(t("Made in {n} s; it is where your browser keeps files.", { n: Math.max(1, Math.round((Date.now() - begun) / SECOND)) }));
    } catch (error) {
      say(error instanceof Refusal ? error.message : t("The file could not be made; please try again."));
    } finally {
      window.clearInterval(waiting);
      link.ariaBusy = null;
    }
  }

  class Refusal extends Error {}

  // The very review on the screen, though a newer one may have been read since.
  function address(link) {
    const url = new URL(link.href);
    const shown = document.getElementById("review-shown");
    if (shown && shown.dataset.fingerprint) url.searchParams.set("fingerprint", shown.dataset.fingerprint);
    return url;
  }

  async function reason(response) {
    if (response.status === 400) return response.text();
    if (response.status === 401 || response.status === 403) return t("Your account may not take this away, or you were signed out.");
    return t("The file could not be made; please try again.");
  }

  function nameOf(response) {
    const told = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("content-disposition") || "");
    return told ? decodeURIComponent(told[1]) : "review";
  }

  function keep(file, name) {
    const url = URL.createObjectURL(file);
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(url), KEPT_FOR);
  }

  function say(text) {
    const place = document.getElementById("review-export-told");
    if (place) place.textContent = text;
  }

  // Seconds are for the eye: a voice that counted them would say nothing else.
  function count(begun) {
    const place = document.getElementById("review-export-told");
    if (!place) return;
    let seconds = place.querySelector(".review-file-seconds");
    if (!seconds) {
      seconds = document.createElement("span");
      seconds.className = "review-file-seconds";
      seconds.ariaHidden = "true";
      place.append(seconds);
    }
    const told = t("{n} s", { n: Math.round((Date.now() - begun) / SECOND) });
    seconds.textContent = ` ${told}`;
  }
})();
