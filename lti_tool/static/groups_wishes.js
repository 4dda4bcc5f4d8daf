// The form of a survey: topics are ranked by dragging, by buttons and by keys, a table of times is
// walked with the arrow keys, and what is filled so far is counted. The fields of the form carry
// what is sent; without this script they are the form.
"use strict";

for (const form of document.querySelectorAll("form[data-survey]")) {
  const said = form.querySelector("[data-said]");
  const say = (text) => {
    // The same words twice are read twice only if something changes.
    said.textContent = said.textContent === text ? `${text}\u00a0` : text;
  };
  rank(form.querySelector("[data-ranking]"), say);
  form.querySelectorAll("table.week").forEach(walk);
  form.querySelectorAll("[data-zone]").forEach(compareZones);
  form.addEventListener("input", () => count(form));
  count(form);
}

// How many parts are filled

function count(form) {
  const parts = [...form.querySelectorAll("[data-part]")];
  const filled = parts.filter(
    (part) =>
      part.querySelector("input:checked") ||
      [...part.querySelectorAll("select")].some((select) => select.value !== "0"),
  ).length;
  const bar = form.querySelector(".filled progress");
  bar.value = filled;
  form.querySelector(".filled p").textContent = form.dataset.filled
    .replace("{filled}", filled)
    .replace("{all}", parts.length);
}

// Topics

function rank(area, say) {
  const words = area.dataset;
  const fields = area.querySelector("[data-places]");
  const selects = [...fields.querySelectorAll("select")];
  const any = area.querySelector("input[type=checkbox]");
  const topics = [...selects[0].options].filter((option) => option.value !== "0");
  const title = new Map(topics.map((option) => [option.value, option.text]));
  const known = selects.map((select) => select.value).filter((value) => title.has(value));
  let chosen = [...new Set(known)];

  const board = document.createElement("div");
  board.className = "ranking";
  fields.before(board);
  // What is wrong with a field stays in sight.
  fields.querySelectorAll(".error").forEach((error) => board.before(error.cloneNode(true)));
  fields.hidden = true;
  for (const link of area.closest("form").querySelectorAll(".notice a")) {
    if (fields.querySelector(link.hash)) link.href = `#${area.getAttribute("aria-labelledby")}`;
  }

  const fill = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);

  /** Put a topic at a place among the wishes, or off them (place < 0), and say so. */
  function put(topic, place) {
    const rest = chosen.filter((other) => other !== topic);
    if (place >= 0 && rest.length >= selects.length) {
      say(words.full);
      return;
    }
    if (place >= 0) rest.splice(place, 0, topic);
    chosen = rest;
    draw();
    const at = chosen.indexOf(topic);
    say(
      at < 0
        ? fill(words.dropped, { topic: title.get(topic) })
        : fill(words.placed, { topic: title.get(topic), place: at + 1, all: chosen.length }),
    );
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

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
      const again = board.querySelector(`[data-key="${CSS.escape(made.dataset.key)}"]:not(:disabled)`);
      (again || board.querySelector(`[data-topic="${topic}"] button:not(:disabled)`))?.focus();
    });
    return made;
  };

  const item = (topic, buttons) => {
    const made = document.createElement("li");
    made.dataset.topic = topic;
    const handle = document.createElement("span");
    handle.className = "handle";
    handle.title = words.drag;
    handle.setAttribute("aria-hidden", "true");
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = title.get(topic);
    made.append(handle, name, ...buttons);
    return made;
  };

  const wish = (topic, place) =>
    item(topic, [
      button("↑", words.up, topic, () => put(topic, place - 1), place === 0),
      button("↓", words.down, topic, () => put(topic, place + 1), place === chosen.length - 1),
      button("×", words.drop, topic, () => put(topic, -1), false),
    ]);

  const element = (kind, text, className = "") => {
    const made = document.createElement(kind);
    made.textContent = text;
    made.className = className;
    return made;
  };

  function draw() {
    const list = document.createElement("ol");
    list.dataset.wishes = "";
    list.append(...chosen.map(wish));
    if (!chosen.length) list.append(element("li", words.none, "nothing quiet"));
    const rest = topics.map((option) => option.value).filter((topic) => !chosen.includes(topic));
    const full = chosen.length === selects.length;
    const others = document.createElement("ul");
    others.append(
      ...rest.map((topic) => item(topic, [button(words.add, words.add, topic, () => put(topic, chosen.length), full)])),
    );
    board.replaceChildren(element("h4", words.chosen), list);
    if (rest.length) board.append(element("h4", words.open), ...(full ? [element("p", words.full, "quiet")] : []), others);
    selects.forEach((select, place) => {
      select.value = chosen[place] ?? "0";
    });
    any.disabled = chosen.length > 0;
    if (any.disabled) any.checked = false;
  }

  // Dragging, with the mouse or a finger on the handle; with the mouse the whole row is one.

  let drag = null;

  const places = () => [...board.querySelectorAll("ol > li[data-topic]")].filter((row) => row !== drag.row);

  /** Return the place at which a dragged row would land; -1 for off the list. */
  function placeAt(y) {
    const list = board.querySelector("ol").getBoundingClientRect();
    const wasWish = chosen.includes(drag.topic);
    if (y > list.bottom + (wasWish ? 24 : 0)) return wasWish ? -1 : null;
    return places().filter((row) => {
      const box = row.getBoundingClientRect();
      return y > box.top + box.height / 2;
    }).length;
  }

  function mark(place) {
    board.querySelectorAll(".before, .after").forEach((row) => row.classList.remove("before", "after"));
    if (place === null || place < 0) return;
    const rows = places();
    if (rows[place]) rows[place].classList.add("before");
    else (rows.at(-1) || board.querySelector("ol > li"))?.classList.add("after");
  }

  board.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("li[data-topic]");
    const onHandle = event.target.closest(".handle");
    if (!row || event.button !== 0 || event.target.closest("button")) return;
    // A finger on the name scrolls the page.
    if (event.pointerType !== "mouse" && !onHandle) return;
    event.preventDefault();
    board.setPointerCapture(event.pointerId);
    drag = { row, topic: row.dataset.topic, from: event.clientY, moved: false };
  });
  board.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.moved ||= Math.abs(event.clientY - drag.from) > 4;
    if (!drag.moved) return;
    drag.row.classList.add("dragged");
    mark(placeAt(event.clientY));
  });
  board.addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { topic, moved } = drag;
    const place = placeAt(event.clientY);
    end();
    if (moved && place !== null) put(topic, place);
  });
  board.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) end();
  });

  function end() {
    if (!drag) return;
    mark(null);
    drag.row.classList.remove("dragged");
    drag = null;
  }

  draw();
}

// Times

/** Let arrow keys walk the boxes of a table; Tab and Space work as in any form. */
function walk(table) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  table.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    const cell = event.target.closest("td");
    if (!step || !cell) return;
    event.preventDefault();
    const row = table.rows[cell.parentElement.rowIndex + step[0]];
    row?.cells[cell.cellIndex + step[1]]?.querySelector("input")?.focus();
  });
}

/** Say what the person's own clock shows, where it shows another time than the course's. */
function compareZones(note) {
  const now = new Date();
  const time = (zone) =>
    new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(now);
  const there = time(note.dataset.zone);
  const here = time(undefined);
  if (there === here) return;
  note.textContent = note.dataset.other.replace("{there}", there).replace("{here}", here);
  note.hidden = false;
}
