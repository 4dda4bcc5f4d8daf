// Says while a rule is being edited whether all rules can be kept, and looks again while that is
// being found out. Without this script the button "check" does the same.
"use strict";
const place = document.querySelector("[data-checked]");
const edited = document.querySelector("form[data-check]");
let timer;
let newest = 0;

async function show(request) {
  const mine = ++newest;
  try {
    const answer = await request();
    const text = await answer.text();
    if (mine !== newest || !answer.ok) return;
    if (place.innerHTML.trim() !== text.trim()) place.innerHTML = text;
  } catch {
    // The connection is gone for a moment; the next look or change asks again.
  }
  if (mine === newest) lookAgain();
}

function lookAgain() {
  clearTimeout(timer);
  const waiting = place.querySelector("[data-look-again]");
  if (waiting) timer = setTimeout(() => show(() => fetch(waiting.dataset.lookAgain)), 1500);
}

if (edited) {
  edited.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const body = new FormData(edited);
      body.set("live", "1");
      show(() => fetch(edited.dataset.check, { method: "POST", body }));
    }, 500);
  });
}
if (place) lookAgain();
