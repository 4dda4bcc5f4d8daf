// Lets the platform close the frame or window in which the tool was registered (LTI-DR 1.0).
"use strict";

const platform = window.opener || (window.parent !== window ? window.parent : null);
const byHand = document.getElementById("by-hand");

if (platform) {
  byHand.hidden = true;
  document.getElementById("closing").hidden = false;
  document.getElementById("close").addEventListener("click", () => {
    // To any origin: it holds no secret, and some platforms frame us from another of their hosts.
    platform.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
    // Where nobody listens, the reader must do it.
    setTimeout(() => { byHand.hidden = false; }, 1000);
  });
}
