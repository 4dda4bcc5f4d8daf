// Turns the select fields of a ranking into two lists with buttons. The selects stay in the form,
// hidden, and carry what is sent; without this script they are the form.
"use strict";

for (const form of document.querySelectorAll("form[data-ranking]")) {
  const words = form.dataset;
  const fields = form.querySelector("[data-places]");
  const selects = [...fields.querySelectorAll("select")];
  const topics = [...selects[0].options].filter((option) => option.value !== "0");
  const title = new Map(topics.map((option) => [option.value, option.text]));
  let chosen = selects.map((select) => select.value).filter((value) => value !== "0");
  chosen = [...new Set(chosen)];

  const board = document.createElement("div");
  board.className = "ranking";
  board.setAttribute("aria-live", "polite");
  fields.before(board);
  fields.hidden = true;

  const button = (face, text, topic, act, disabled) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "second small";
    made.textContent = face;
    made.title = text;
    made.setAttribute("aria-label", `${text}: ${title.get(topic)}`);
    made.dataset.key = `${text} ${topic}`;
    made.disabled = disabled;
    made.addEventListener("click", () => {
      act();
      draw();
      const again = board.querySelector(`[data-key="${CSS.escape(made.dataset.key)}"]:not(:disabled)`);
      (again || board.querySelector(`[data-topic="${topic}"] button:not(:disabled)`))?.focus();
    });
    return made;
  };

  const item = (topic, buttons) => {
    const made = document.createElement("li");
    made.dataset.topic = topic;
    const name = document.createElement("span");
    name.textContent = title.get(topic);
    made.append(name, ...buttons);
    return made;
  };

  const swap = (place, other) => {
    [chosen[place], chosen[other]] = [chosen[other], chosen[place]];
  };

  const wish = (topic, place) =>
    item(topic, [
      button("↑", words.up, topic, () => swap(place, place - 1), place === 0),
      button("↓", words.down, topic, () => swap(place, place + 1), place === chosen.length - 1),
      button("×", words.drop, topic, () => chosen.splice(place, 1), false),
    ]);

  const heading = (text) => {
    const made = document.createElement("h3");
    made.textContent = text;
    return made;
  };

  const note = (text) => {
    const made = document.createElement("p");
    made.className = "quiet";
    made.textContent = text;
    return made;
  };

  function draw() {
    const list = document.createElement("ol");
    list.append(...chosen.map(wish));
    const rest = topics.map((option) => option.value).filter((topic) => !chosen.includes(topic));
    const full = chosen.length === selects.length;
    const others = document.createElement("ul");
    others.append(
      ...rest.map((topic) => item(topic, [button(words.add, words.add, topic, () => chosen.push(topic), full)])),
    );
    board.replaceChildren(heading(words.chosen), chosen.length ? list : note(words.none));
    if (rest.length) board.append(heading(words.open), ...(full ? [note(words.full)] : []), others);
    selects.forEach((select, place) => {
      select.value = chosen[place] ?? "0";
    });
  }
  draw();
}
