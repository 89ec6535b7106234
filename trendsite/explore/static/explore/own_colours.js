// Gives everything that belongs to a hashtag its own colour, as the board has it.

import { colourOf } from "../board/colour.js";
import { onTheme } from "../site/theme.js";

/** Colours each element with a `data-key` in `root`. */
export function showOwnColours(root = document) {
  for (const element of root.querySelectorAll("[data-key]")) {
    element.style.setProperty("--own-colour", colourOf(element.dataset.key));
  }
}

showOwnColours();
onTheme(() => showOwnColours());
