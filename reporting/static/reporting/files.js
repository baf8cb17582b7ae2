// unfold writes the name of a chosen file into the next text field it finds, which here is another question or none.
// It leaves alone the inputs that it takes for ones it has seen.
"use strict";
for (const input of document.querySelectorAll("input[type=file]")) input.hasChangeListener = true;
