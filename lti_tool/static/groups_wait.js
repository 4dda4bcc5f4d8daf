// Asks whether a proposal is computed by now, and shows it as soon as it is.
"use strict";
const waiting = document.querySelector("[data-look-again]");

async function ask() {
  try {
    const answer = await fetch(location.href);
    if (answer.ok && !(await answer.text()).includes("data-look-again")) {
      document.querySelector("main .actions a").click();
      return;
    }
  } catch {
    // The connection is gone for a moment; the link on the page works without this script.
  }
  setTimeout(ask, Number(waiting.dataset.lookAgain));
}

if (waiting) {
  setTimeout(ask, Number(waiting.dataset.lookAgain));
}
