// Goes on to the page of a visit without cookies; its bearer goes in the body of the request.
"use strict";
document.querySelector("[data-leading-on]").submit();
