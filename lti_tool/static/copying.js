// Gives each text that is there to be copied a button that copies it.
"use strict";

for (const text of document.querySelectorAll("textarea[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "second small";
  button.textContent = text.dataset.copy;
  button.setAttribute("aria-describedby", text.id);
  button.addEventListener("click", () => {
    text.select();
    // The newer way is closed to pages in the frame of another site.
    if (document.execCommand("copy")) button.textContent = text.dataset.copied;
  });
  text.after(button);
}
