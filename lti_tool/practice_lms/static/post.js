// Sends the form at once; without scripts its button does.
document.getElementById("post").submit();
