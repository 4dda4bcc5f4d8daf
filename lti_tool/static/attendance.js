// Marks what was changed on a list or matrix and warns before it is lost.
"use strict";
for (const form of document.querySelectorAll("form[data-watch]")) {
  const note = form.querySelector("[data-unsaved]");
  const first = new Map([...form.elements].map((field) => [field, state(field)]));
  let sending = false;

  function state(field) {
    return field.type === "radio" ? String(field.checked) : field.value;
  }

  function isChanged() {
    return [...first].some(([field, value]) => state(field) !== value);
  }

  form.addEventListener("change", (event) => {
    const cell = event.target.closest("td, li");
    if (cell) cell.classList.add("changed");
    if (note) note.hidden = !isChanged();
  });
  form.addEventListener("submit", () => { sending = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && isChanged()) event.preventDefault();
  });
}
