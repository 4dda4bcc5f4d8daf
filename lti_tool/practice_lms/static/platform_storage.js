// Keeps texts for the tool while this page is open, and gives them back to the tool only.
// Where a hidden frame keeps them, the page around the tool tells which one.
"use strict";

(() => {
  const { tool, prefix, frame } = document.currentScript.dataset;
  const origin = new URL(tool).origin;
  const MOST_KEYS = 100;
  const LONGEST_VALUE = 4096;
  const kept = new Map();

  class Refusal extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  }

  function keyOf({ key }) {
    if (typeof key !== "string" || key === "") {
      throw new Refusal("bad_request", "A key is a text");
    }
    return key;
  }

  function capabilities() {
    const place = frame ? { frame } : {};
    return {
      supported_messages: [
        { subject: `${prefix}capabilities` },
        { subject: `${prefix}put_data`, ...place },
        { subject: `${prefix}get_data`, ...place },
      ],
    };
  }

  function putData(asked) {
    const key = keyOf(asked);
    const value = asked.value ?? null;
    if (value === null) {
      kept.delete(key);
      return { key, value };
    }
    if (typeof value !== "string") {
      throw new Refusal("bad_request", "A value is a text");
    }
    if (value.length > LONGEST_VALUE || (kept.size >= MOST_KEYS && !kept.has(key))) {
      throw new Refusal("storage_exhaustion", "There is no room for this");
    }
    kept.set(key, value);
    return { key, value };
  }

  function getData(asked) {
    const key = keyOf(asked);
    return { key, value: kept.get(key) ?? null };
  }

  const answers = { capabilities, ...(frame ? {} : { put_data: putData, get_data: getData }) };

  function answer(asked, sender) {
    if (sender !== origin) {
      throw new Refusal("wrong_origin", "Only the tool is answered here");
    }
    if (typeof asked.message_id !== "string" || asked.message_id === "") {
      throw new Refusal("bad_request", "A message needs an id");
    }
    const name = asked.subject.slice(prefix.length);
    if (!Object.hasOwn(answers, name)) {
      throw new Refusal("unsupported_subject", "Nothing here answers this message");
    }
    return answers[name](asked);
  }

  function reply(asked, sender) {
    try {
      return answer(asked, sender);
    } catch (refusal) {
      return { error: { code: refusal.code, message: refusal.message } };
    }
  }

  window.addEventListener("message", (event) => {
    const asked = event.data;
    if (typeof asked?.subject !== "string" || !asked.subject.startsWith(prefix)) {
      return;
    }
    event.source.postMessage(
      {
        subject: `${asked.subject}.response`,
        message_id: asked.message_id,
        ...reply(asked, event.origin),
      },
      event.origin,
    );
  });
})();
