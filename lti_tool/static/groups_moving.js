// Moves people between the groups of a proposal, by dragging, by choosing, and by keys, and shows
// the price of every way before it is gone. The fields on each card do the same without this script.
"use strict";

const board = document.querySelector("[data-teams]");
const moving = document.getElementById("moving");
const says = document.getElementById("moving-says");
const words = board.dataset;
const teams = [...board.querySelectorAll("[data-group]")];
const cards = [...document.querySelectorAll("li[data-person]")];
let picked = null;
let team = -1;
let mate = -1;

const nameOf = (card) => card.querySelector(".who").textContent;
const waysOf = (card) => JSON.parse(card.dataset.ways);
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_all, key) => values[key]);
const matesOf = (section) => cards.filter((card) => section.contains(card));
const say = (text) => {
  says.textContent = text;
};

function send(way) {
  moving.elements.person.value = picked.dataset.person;
  moving.elements.group.value = way;
  moving.requestSubmit();
}

function mark() {
  for (const marked of document.querySelectorAll(".target")) marked.classList.remove("target");
  if (team < 0) return;
  const section = teams[team];
  const other = mate < 0 ? null : matesOf(section)[mate];
  (other ?? section).classList.add("target");
  (other ?? section).scrollIntoView({ block: "nearest" });
  const [text, , why] = waysOf(picked)[way()] ?? ["", "", ""];
  const price = text.includes("✗") ? `${text} (${why})` : text;
  say(other ? fill(words.swap, { name: nameOf(other), price }) : fill(words.to, { group: section.dataset.name, price }));
}

function way() {
  if (team < 0) return null;
  return mate < 0 ? teams[team].dataset.group : `swap-${matesOf(teams[team])[mate].dataset.person}`;
}

function letGo() {
  if (!picked) return;
  picked.classList.remove("picked");
  picked.querySelector(".who").setAttribute("aria-pressed", "false");
  picked = null;
  team = mate = -1;
  for (const badge of board.querySelectorAll(".put")) badge.remove();
  mark();
}

function pick(card) {
  letGo();
  picked = card;
  card.classList.add("picked");
  card.querySelector(".who").setAttribute("aria-pressed", "true");
  const ways = waysOf(card);
  for (const section of teams) {
    if (section.contains(card)) continue;
    const [text, colour, why] = ways[section.dataset.group] ?? ["", "", ""];
    const badge = document.createElement("button");
    badge.type = "button";
    badge.className = `put price ${colour}`;
    badge.textContent = text ? `${words.here}: ${text}` : words.here;
    badge.title = why;
    badge.addEventListener("click", () => send(section.dataset.group));
    section.querySelector(".facts-line").append(badge);
  }
  say(fill(words.picked, { name: nameOf(card) }));
}

function step(by) {
  do {
    team = (team + by + teams.length) % teams.length;
  } while (teams.length > 1 && teams[team].contains(picked));
  mate = -1;
  mark();
}

function stepMate(by) {
  if (team < 0) step(1);
  const ways = waysOf(picked);
  const count = matesOf(teams[team]).length;
  const first = matesOf(teams[team])[0];
  if (!count || !(`swap-${first.dataset.person}` in ways)) return;
  mate = mate < 0 ? (by > 0 ? 0 : count - 1) : (mate + by + count + 1) % (count + 1);
  if (mate === count) mate = -1;
  mark();
}

function jump(number) {
  const to = teams[number - 1];
  if (!to || to.contains(picked)) return;
  team = number - 1;
  mate = -1;
  mark();
}

const WHILE_PICKED = {
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  ArrowDown: () => stepMate(1),
  ArrowUp: () => stepMate(-1),
  Escape: () => {
    letGo();
    say(words.left);
  },
};
const ALWAYS = {
  f: (card) => card.querySelector("form.pin button")?.click(),
  z: () => document.querySelector('form[action$="/undo"] button')?.click(),
  y: () => document.querySelector('form[action$="/redo"] button')?.click(),
};

function press(event, card) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const act = (picked === card && WHILE_PICKED[key]) || ALWAYS[key];
  if (act) act(card);
  else if (picked === card && key >= "1" && key <= "9") jump(Number(key));
  else return;
  event.preventDefault();
}

function choose(card) {
  if (picked !== card) pick(card);
  else if (way() === null) {
    letGo();
    say(words.left);
  } else send(way());
}

for (const card of cards) {
  const before = card.querySelector(".who");
  const name = document.createElement("button");
  name.type = "button";
  name.className = "who plain";
  name.textContent = before.textContent;
  name.setAttribute("aria-pressed", "false");
  name.addEventListener("click", () => choose(card));
  name.addEventListener("keydown", (event) => press(event, card));
  // What the address points to takes the focus, and only a button can.
  name.id = card.id;
  card.removeAttribute("id");
  before.replaceWith(name);
  card.draggable = true;
  card.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("text/plain", nameOf(card));
    event.dataTransfer.effectAllowed = "move";
    // Changing the page at once would make Chromium end the drag.
    setTimeout(() => pick(card));
  });
  card.addEventListener("dragend", letGo);
}

board.addEventListener("dragover", (event) => {
  const section = event.target.closest("[data-group]");
  if (!picked || !section || section.contains(picked)) return;
  event.preventDefault();
  team = teams.indexOf(section);
  const over = event.target.closest("li[data-person]");
  const swaps = over && `swap-${over.dataset.person}` in waysOf(picked);
  mate = swaps ? matesOf(section).indexOf(over) : -1;
  mark();
});
board.addEventListener("drop", (event) => {
  if (!picked || way() === null) return;
  event.preventDefault();
  send(way());
});

if (location.hash.startsWith("#seat-")) {
  document.getElementById(location.hash.slice(1))?.focus();
}
