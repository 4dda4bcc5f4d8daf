// Looks again while something is being computed, and shows how far it is. When it is done the page
// of the result is opened. The link on the page does the same without this script.
"use strict";

async function look(waiting) {
  try {
    const answer = await fetch(location.href);
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-waiting]");
      if (!now?.querySelector("[data-look-again]") && !page.querySelector("[data-look-again]")) {
        location.reload();
        return;
      }
      if (now && !waiting.contains(document.activeElement)) waiting.replaceChildren(...now.childNodes);
    }
  } catch {
    // The connection is gone for a moment.
  }
  again(waiting);
}

function again(waiting) {
  const sign = waiting.querySelector("[data-look-again]");
  if (sign) setTimeout(look, Number(sign.dataset.lookAgain), waiting);
}

const panel = document.querySelector("[data-waiting]");
if (panel) again(panel);
