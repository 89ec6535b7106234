// Gives every element of a hashtag the hashtag's colour, the same as on the board.

import { colourOf } from "../board/colour.js";
import { onTheme } from "../site/theme.js";

function showOwnColours() {
  for (const element of document.querySelectorAll("[data-key]")) {
    element.style.setProperty("--own-colour", colourOf(element.dataset.key));
  }
}

showOwnColours();
onTheme(showOwnColours);
