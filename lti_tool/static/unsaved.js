// Asks before a page is left on which something was typed and not sent. Forms that save by
// themselves, or watch their own fields, are left to their own scripts.
"use strict";

(() => {
  let changed = false;
  const isWatched = (form) => form?.method === "post" && !form.matches("[data-autosave], [data-watch], .language");

  addEventListener("input", (event) => {
    if (isWatched(event.target.form)) changed = true;
  });
  addEventListener("submit", (event) => {
    if (isWatched(event.target)) changed = false;
  });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
})();
