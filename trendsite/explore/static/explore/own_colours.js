// Gives everything that belongs to a hashtag its own colour, as the board has it.

import { colourOf } from "../board/colour.js";
import { onTheme } from "../site/theme.js";

function showOwnColours() {
  for (const element of document.querySelectorAll("[data-key]")) {
    element.style.setProperty("--own-colour", colourOf(element.dataset.key));
  }
}

showOwnColours();
onTheme(showOwnColours);
