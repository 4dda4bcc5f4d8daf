// Looks again whether a proposal is computed, as long as the page says that it is not.
"use strict";
const waiting = document.querySelector("[data-look-again]");
if (waiting) {
  setTimeout(() => location.reload(), Number(waiting.dataset.lookAgain));
}
