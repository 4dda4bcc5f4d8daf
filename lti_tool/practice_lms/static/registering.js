// The tool says when its registration page may be closed.
window.addEventListener("message", (event) => {
  const page = document.getElementById("registering");
  const said = event.data && event.data.subject;
  if (event.origin === page.dataset.tool && said === "org.imsglobal.lti.close") {
    window.location.assign(page.dataset.next);
  }
});
