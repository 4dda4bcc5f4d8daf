// Keeps a room's page up to date, sends taps without leaving it, and merges topics by dragging.
// Without this script everything works by forms and by reloading.
"use strict";

(() => {
  const trouble = document.getElementById("trouble");
  const live = () => document.getElementById("live");
  let sending = false;
  let dragged = null;

  function complain(text) {
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  // What somebody is at is not taken away under their hands.
  const isBusy = (region) => dragged || (region.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

  function swap(region, fresh) {
    const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...region.querySelectorAll("details[open]")].map((details) => details.id);
    region.replaceWith(fresh);
    open.forEach((id) => fresh.querySelector(`#${id}`)?.setAttribute("open", ""));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    prepare(fresh);
  }

  function show(text, isOwnStep) {
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!page.getElementById("live")) return false;
    let isWhole = true;
    for (const region of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(region.id);
      const isSame = fresh && region.dataset.key && region.dataset.key === fresh.dataset.key && !isOwnStep;
      if (!fresh || isSame) continue;
      if (!isOwnStep && isBusy(region)) isWhole = false;
      else swap(region, document.adoptNode(fresh));
    }
    // What was left for later is asked for again.
    if (!isWhole) live().dataset.version = "";
    return true;
  }

  async function look() {
    try {
      const answer = await fetch(location.href, { headers: { "If-None-Match": live().dataset.version } });
      if (answer.status === 200 && !sending) show(await answer.text(), false);
      if (answer.status === 401 || answer.status === 403) return location.reload();
      complain("");
    } catch {
      complain(trouble.dataset.offline);
    }
    setTimeout(look, Number(live().dataset.every));
  }

  async function send(form, submitter) {
    if (sending) return;
    sending = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form, submitter) });
      const text = await answer.text();
      if (answer.ok && show(text, true)) return complain("");
      // Some steps lead to a page that asks first.
      if (answer.ok && answer.redirected) return location.assign(answer.url);
      const page = new DOMParser().parseFromString(text, "text/html");
      complain([...page.querySelectorAll("main h1, main h1 ~ p")].slice(0, 3).map((part) => part.textContent.trim()).join(" · "));
      trouble.scrollIntoView({ block: "nearest" });
    } catch {
      complain(trouble.dataset.offline);
    } finally {
      sending = false;
    }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-quiet]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });

  const topic = (event) => event.target.closest?.("[data-merge] [data-topic]");
  document.addEventListener("dragstart", (event) => {
    dragged = topic(event);
    dragged?.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    const onto = topic(event);
    if (dragged && onto && onto !== dragged) event.preventDefault();
    document.querySelectorAll(".onto").forEach((other) => other.classList.remove("onto"));
    if (dragged && onto !== dragged) onto?.classList.add("onto");
  });
  document.addEventListener("dragend", () => {
    document.querySelectorAll(".onto, .dragged").forEach((other) => other.classList.remove("onto", "dragged"));
    dragged = null;
  });
  document.addEventListener("drop", (event) => {
    const onto = topic(event);
    if (!dragged || !onto || onto === dragged) return;
    event.preventDefault();
    const form = document.getElementById(onto.closest("[data-merge]").dataset.merge);
    form.elements.topic.value = dragged.dataset.topic;
    form.elements.into.value = onto.dataset.topic;
    form.requestSubmit();
  });

  function prepare(region) {
    const button = region.querySelector("[data-full-screen]");
    if (button) button.hidden = !document.fullscreenEnabled || Boolean(document.fullscreenElement);
  }

  document.addEventListener("click", (event) => {
    if (event.target.matches("[data-full-screen]")) document.documentElement.requestFullscreen();
  });
  document.addEventListener("fullscreenchange", () => prepare(live()));

  prepare(live());
  setTimeout(look, Number(live().dataset.every));
})();
