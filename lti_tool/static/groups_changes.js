// Makes a slider of the choice of how much may change, and shows what was computed as soon as it is.
"use strict";

const form = document.querySelector("[data-slider]");
if (form) {
  const select = form.querySelector("select");
  const label = form.querySelector("label");
  const sections = [...document.querySelectorAll("[data-stop]")];
  const slider = document.createElement("input");
  slider.type = "range";
  slider.id = "slider";
  slider.min = 0;
  slider.max = select.options.length - 1;
  slider.value = select.selectedIndex;
  label.htmlFor = slider.id;
  const marks = document.createElement("ol");
  marks.setAttribute("aria-hidden", "true");
  marks.append(
    ...[...select.options].map((option) => {
      const mark = document.createElement("li");
      mark.textContent = option.text;
      return mark;
    }),
  );

  const show = () => {
    const chosen = select.options[Number(slider.value)];
    slider.setAttribute("aria-valuetext", chosen.text);
    sections.forEach((section) => {
      section.hidden = section.dataset.stop !== chosen.value;
    });
    [...marks.children].forEach((mark, place) => mark.classList.toggle("now", place === Number(slider.value)));
  };
  slider.addEventListener("input", show);
  select.hidden = true;
  form.querySelector("button").parentElement.hidden = true;
  form.addEventListener("submit", (event) => event.preventDefault());
  select.after(slider, marks);
  show();
}

const waiting = document.querySelector("[data-look-again]");

async function ask() {
  try {
    const answer = await fetch(location.href);
    if (answer.ok && !(await answer.text()).includes("data-look-again")) {
      waiting.parentElement.querySelector(".actions a").click();
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
