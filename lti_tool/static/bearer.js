// Where the browser keeps no cookie for us, every request carries the bearer of this page: links
// and forms in their body, scripts in a header, never in an address.
"use strict";

(() => {
  const meta = document.querySelector("meta[name='bearer']");
  const { renew, every, session } = meta.dataset;
  const plainFetch = window.fetch;

  const isOurs = (url) => url.origin === location.origin && url.pathname.startsWith(session);

  function withBearer(options = {}) {
    const headers = new Headers(options.headers);
    headers.set("Authorization", `Bearer ${meta.content}`);
    return { ...options, headers };
  }

  window.fetch = (resource, options) => {
    const url = new URL(resource.url || resource, location.href);
    return plainFetch(resource, isOurs(url) ? withBearer(options) : options);
  };

  function field(form) {
    let hidden = form.querySelector("input[name='bearer']");
    if (!hidden) {
      hidden = document.createElement("input");
      hidden.type = "hidden";
      hidden.name = "bearer";
      form.append(hidden);
    }
    hidden.value = meta.content;
    return hidden;
  }

  function visit(url, target) {
    const form = document.createElement("form");
    form.method = "post";
    form.enctype = "text/plain";
    form.action = url.href;
    form.target = target;
    form.hidden = true;
    field(form);
    document.body.append(form);
    form.submit();
    form.remove();
  }

  function follow(event) {
    const link = event.target.closest?.("a[href]");
    if (event.defaultPrevented || event.button > 1 || !link) return;
    const url = new URL(link.href);
    const isHere = url.hash && url.href.split("#")[0] === location.href.split("#")[0];
    if (isHere || !isOurs(url)) return;
    event.preventDefault();
    const isNew = event.button === 1 || event.ctrlKey || event.metaKey || event.shiftKey;
    visit(url, isNew ? "_blank" : link.target);
  }

  addEventListener("click", follow);
  addEventListener("auxclick", follow);

  addEventListener("submit", (event) => {
    const form = event.target;
    const url = new URL(event.submitter?.hasAttribute("formaction") ? event.submitter.formAction : form.action);
    if (event.defaultPrevented || !isOurs(url)) return;
    if (form.method === "get") {
      event.preventDefault();
      url.search = new URLSearchParams(new FormData(form, event.submitter)).toString();
      visit(url, form.target);
    } else {
      field(form);
    }
  });

  setInterval(async () => {
    try {
      const answer = await fetch(renew);
      if (answer.ok) meta.content = (await answer.json()).bearer;
    } catch {
      // The connection is gone for a moment; the bearer holds for some minutes yet.
    }
  }, Number(every) * 1000);
})();
