// Saves each field of the worksheet as it is filled in. Without this script the
// page's own button saves everything; nothing here is needed for that.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) {
    return;
  }
  const words = form.dataset;
  const status = document.querySelector("[data-save-status]");
  const PAUSE = 700;
  const fields = new Map();
  let leaving = false;

  const controls = (path) =>
    [...form.elements].filter((control) => control.name === path);

  function valueOf(path) {
    const found = controls(path);
    if (found[0].type === "radio" || found[0].type === "checkbox") {
      return found.filter((one) => one.checked).map((one) => one.value).join(",");
    }
    return found[0].value;
  }

  function say(text, state) {
    status.textContent = text;
    status.dataset.state = state;
  }

  function waiting() {
    return [...fields.values()].filter((field) => field.timer || field.sending).length;
  }

  function baseOf(path) {
    return form.elements.namedItem(`rev:${path}`);
  }

  function explain(path, text, link) {
    const place = document.getElementById(`note:${path}`);
    if (!place) {
      return;
    }
    place.textContent = text;
    place.hidden = !text;
    if (text && link) {
      const anchor = document.createElement("a");
      anchor.href = window.location.pathname;
      anchor.textContent = link;
      place.append(" ", anchor);
    }
  }

  async function post(path, op) {
    const body = new URLSearchParams({
      csrf_token: form.elements.namedItem("csrf_token").value,
      path,
      value: op.value,
      base: op.base,
      op: op.id,
    });
    const answer = await fetch(words.autosave, {
      method: "POST",
      body,
      keepalive: leaving,
      headers: { Accept: "application/json" },
    });
    return { code: answer.status, content: await answer.json() };
  }

  function lock(path) {
    for (const control of controls(path)) {
      // Switched-off controls would be missing from the page's own form.
      control.readOnly = true;
    }
    explain(path, words.conflict, words.choose);
  }

  // Returns what to tell while the edit waits, or nothing once it was answered.
  async function deliver(path, field) {
    try {
      const { code, content } = await post(path, field.op);
      if (code >= 500) {
        return words.waiting;
      }
      if (code === 401) {
        // The visit is over; opened anew in another tab it goes on, and so does this page.
        return words.over;
      }
      settle(path, field, code, content);
      return "";
    } catch {
      return words.waiting;
    }
  }

  function settle(path, field, code, content) {
    const sent = field.op.value;
    field.op = null;
    field.tries = 0;
    if (code === 200) {
      baseOf(path).value = content.number;
      field.saved = sent;
      explain(path, "");
      say(words.saved.replace("{time}", content.at), "saved");
    } else if (code === 409 && content.verdict) {
      field.saved = sent;
      field.conflict = valueOf(path) === sent;
      if (field.conflict) {
        lock(path);
      }
      say(words.kept, "saved");
    } else {
      field.saved = sent;
      explain(path, content.message || `${content.title} ${content.now}`);
      say(words.failed, "failed");
    }
  }

  async function send(path) {
    const field = fields.get(path);
    window.clearTimeout(field.timer);
    field.timer = 0;
    if (field.sending || field.conflict) {
      return field.sending;
    }
    field.sending = (async () => {
      while (field.op || valueOf(path) !== field.saved) {
        // A lost answer is asked for again with the same op: one op is one value.
        field.op ??= { id: crypto.randomUUID(), value: valueOf(path), base: baseOf(path).value };
        if (waiting()) {
          say(words.saving, "saving");
        }
        const trouble = await deliver(path, field);
        if (trouble) {
          field.tries += 1;
          say(trouble.replace("{count}", String(waiting() || 1)), "waiting");
          if (leaving) {
            break;
          }
          await new Promise((done) => window.setTimeout(done, Math.min(30000, 1000 * 2 ** field.tries)));
        }
        if (field.conflict) {
          break;
        }
      }
      field.sending = null;
    })();
    return field.sending;
  }

  function changed(path, pause) {
    const field = fields.get(path);
    window.clearTimeout(field.timer);
    field.timer = window.setTimeout(() => send(path), pause);
  }

  function addUp(path) {
    const [item, side] = path.split(".");
    const total = document.querySelector(`[data-sum="${item}.${side}"]`);
    if (total) {
      const all = [...form.elements].filter((one) => one.name.startsWith(`${item}.${side}.`));
      total.textContent = all.reduce((sum, one) => sum + (Number.parseInt(one.value, 10) || 0), 0);
    }
  }

  for (const base of [...form.elements]) {
    if (base.name && base.name.startsWith("rev:")) {
      const path = base.name.slice(4);
      fields.set(path, { saved: valueOf(path), timer: 0, sending: null, op: null, tries: 0 });
    }
  }

  document.addEventListener("input", (event) => {
    if (event.target.form === form && fields.has(event.target.name)) {
      changed(event.target.name, PAUSE);
      addUp(event.target.name);
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.form === form && fields.has(event.target.name)) {
      changed(event.target.name, 0);
    }
  });

  // Leaving by a button waits for what is under way: otherwise the page's own
  // request would meet its own unanswered edit and call it a conflict.
  document.addEventListener("submit", (event) => {
    const open = [...fields.keys()].filter((path) => fields.get(path).timer || fields.get(path).sending);
    if (open.length === 0) {
      leaving = true;
      return;
    }
    event.preventDefault();
    const { target, submitter } = event;
    const enough = new Promise((done) => window.setTimeout(done, 4000));
    Promise.race([Promise.all(open.map(send)), enough]).then(() => {
      for (const field of fields.values()) {
        window.clearTimeout(field.timer);
        field.timer = 0;
        field.sending = null;
      }
      target.requestSubmit(submitter);
    });
  });

  window.addEventListener("beforeunload", (event) => {
    if (!leaving && waiting()) {
      event.preventDefault();
    }
  });
  window.addEventListener("pagehide", () => {
    leaving = true;
    for (const [path, field] of fields) {
      if (field.timer) {
        send(path);
      }
    }
  });
})();
