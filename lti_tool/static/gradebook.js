// Shows what changes by itself: grades on their way, a platform's answer, how far a comparison is.
"use strict";

async function look(part) {
  let fresh = null;
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    fresh = answer.ok ? page.getElementById(part.id) : null;
  } catch {
    // The connection is gone for a moment; loading the page again works without this script.
  }
  // After a comparison all of the page may be another one, not only the part about it.
  const isOver = fresh && !fresh.dataset.lookAgain && part.id === "comparison";
  const changing = isOver ? document.getElementById("main") : part;
  // What somebody is about to press or to fill in must not change under their hands.
  if (fresh && !changing.contains(document.activeElement)) {
    if (isOver) {
      location.reload();
      return;
    }
    if (part.id === "grades" && part.textContent !== fresh.textContent) {
      // What was said of the grades after the last action may hold no longer.
      document.querySelector("body > .notice.good")?.remove();
    }
    part.replaceChildren(...fresh.childNodes);
    if (!fresh.dataset.lookAgain) {
      return;
    }
  }
  setTimeout(look, Number(part.dataset.lookAgain), part);
}

for (const part of document.querySelectorAll("[data-look-again]")) {
  setTimeout(look, Number(part.dataset.lookAgain), part);
}
