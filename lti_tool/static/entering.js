// Sees what the browser keeps for us inside another site's page, and goes on to the platform
// by the first way that works: cookie, storage, or a window of its own.
"use strict";

(async () => {
  const place = document.querySelector("[data-entering]");
  const form = place.querySelector("[data-window]");
  const words = place.dataset;

  async function keepsCookie() {
    try {
      const answer = await fetch(words.kept);
      return (await answer.json()).kept;
    } catch {
      return false;
    }
  }

  form.addEventListener("submit", () => {
    setTimeout(() => {
      form.hidden = true;
      place.querySelector("[data-opened]").hidden = false;
    });
  });

  if ((await keepsCookie()) || (await platformStorage(words).put(words.secret))) {
    location.replace(words.entering);
    return;
  }
  for (const part of place.querySelectorAll("[data-wait]")) part.hidden = true;
  place.querySelector("[data-window-title]").hidden = false;
  form.hidden = false;
  form.querySelector("button").focus();
})();
