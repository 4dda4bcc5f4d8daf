// Fetches the secret of this login from where it was kept, and finishes the launch with it.
"use strict";

(async () => {
  const form = document.querySelector("[data-returning]");
  const secret = await platformStorage(form.dataset).take();
  if (secret) {
    form.elements.storage_secret.value = secret;
    form.submit();
    return;
  }
  document.querySelector("[data-wait]").hidden = true;
  document.querySelector("[data-lost]").hidden = false;
})();
