// Shows how far the fetching of the list of members is, and then the people that it brought.
"use strict";

(() => {
  const place = document.getElementById("list-of-members");
  const goesOn = () => place.querySelector("[data-goes-on]");
  let isTouched = false;

  async function look() {
    try {
      const answer = await fetch(place.dataset.lookAt);
      if (answer.ok) {
        place.innerHTML = await answer.text();
        if (!goesOn() && !isTouched) document.getElementById("look-again").click();
      }
    } catch {
      // The connection is gone for a moment; the link on the page works without this script.
    }
    wait();
  }

  function wait() {
    if (goesOn()) setTimeout(look, Number(goesOn().dataset.goesOn));
  }

  // What was ticked and not sent stays; the new people come with the next look at the page.
  addEventListener("input", () => {
    isTouched = true;
  });
  wait();
})();
