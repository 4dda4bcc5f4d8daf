// Keeps a secret for one login where cookies are blocked: with the platform, if it offers
// that (LTI Client Side postMessages), else in this frame's own partition of the browser.
"use strict";

function platformStorage({ storageTarget, platform, key }) {
  // Older platforms know the longer names only.
  const PREFIXES = ["lti.", "org.imsglobal.lti."];
  const CAPABILITIES = [{ subject: "lti.capabilities" }];
  const PATIENCE = 5000;
  const host = window.parent === window ? window.opener : window.parent;

  // Sends messages that ask for the same under different names; the first answer counts.
  function ask(frame, origin, messages, patience) {
    const id = `${key}-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    const refused = new Set();
    return new Promise((resolve, reject) => {
      const send = () => {
        for (const message of messages) frame.postMessage({ ...message, message_id: id }, origin);
      };
      // The frame that answers may still be loading, so it is asked again.
      const again = setInterval(send, 150);
      const end = setTimeout(() => finish(reject, new Error("no answer")), patience);
      function finish(how, what) {
        clearInterval(again);
        clearTimeout(end);
        removeEventListener("message", hear);
        how(what);
      }
      function hear(event) {
        const answer = event.data;
        if (!answer || typeof answer !== "object" || answer.message_id !== id) return;
        if (origin !== "*" && event.origin !== origin) return;
        if (!answer.error) return finish(resolve, answer);
        refused.add(answer.subject);
        if (refused.size === messages.length) finish(reject, new Error(String(answer.error.code)));
      }
      addEventListener("message", hear);
      send();
    });
  }

  // Which frame keeps things: the one that the login named, or one that says so when asked.
  async function keeper() {
    if (!host) return null;
    let name = storageTarget;
    if (!name) {
      try {
        const { supported_messages: messages = [] } = await ask(host, "*", CAPABILITIES, 400);
        const able = messages.find(({ subject }) => PREFIXES.some((prefix) => subject === `${prefix}put_data`));
        if (!able) return null;
        name = able.frame || "_parent";
      } catch {
        return null;
      }
    }
    try {
      return name === "_parent" ? host : host.frames[name] || null;
    } catch {
      return null;
    }
  }

  async function call(what, more) {
    const frame = await keeper();
    if (!frame) return null;
    const messages = PREFIXES.map((prefix) => ({ subject: `${prefix}${what}`, key, ...more }));
    try {
      return await ask(frame, platform, messages, PATIENCE);
    } catch {
      return null;
    }
  }

  function own(act) {
    try {
      return act(window.localStorage);
    } catch {
      return null;
    }
  }

  return {
    async put(secret) {
      if (await call("put_data", { value: secret })) return true;
      return own((store) => {
        store.setItem(key, secret);
        return store.getItem(key) === secret;
      }) === true;
    },
    async take() {
      const kept = own((store) => {
        const found = store.getItem(key);
        store.removeItem(key);
        return found;
      });
      if (kept) return kept;
      const answer = await call("get_data", {});
      if (answer?.value) call("put_data", { value: null });
      return answer?.value || null;
    },
  };
}
