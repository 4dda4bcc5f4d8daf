// Sends the answer at once; without scripts its button does.
document.getElementById("answer").submit();
