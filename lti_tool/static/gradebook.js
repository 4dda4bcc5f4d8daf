// Shows how far a comparison with the learning platform is, and then what it found.
"use strict";
const compared = document.getElementById("comparison");

async function look() {
  try {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("comparison");
    if (answer.ok && fresh && !fresh.dataset.lookAgain) {
      location.reload();
      return;
    }
    if (fresh) {
      compared.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // The connection is gone for a moment; loading the page again works without this script.
  }
  setTimeout(look, Number(compared.dataset.lookAgain));
}

if (compared && compared.dataset.lookAgain) {
  setTimeout(look, Number(compared.dataset.lookAgain));
}
