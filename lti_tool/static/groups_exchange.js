// Remembers in this browser which people were added to their groups in the learning platform.
(() => {
  const list = document.querySelector("[data-ticks]");
  if (!list) return;
  const key = `lti-tool:${list.dataset.ticks}`;
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];

  function stored() {
    try {
      return new Set(JSON.parse(localStorage.getItem(key) || "[]"));
    } catch {
      return new Set(); // Blocked storage: ticks last as long as the page.
    }
  }

  const done = stored();
  for (const box of boxes) {
    box.checked = done.has(box.id);
    box.addEventListener("change", () => {
      const ticked = boxes.filter((one) => one.checked).map((one) => one.id);
      try {
        localStorage.setItem(key, JSON.stringify(ticked));
      } catch {
        // See above.
      }
    });
  }
})();
