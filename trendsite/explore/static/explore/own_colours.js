// Gives everything that belongs to a hashtag its own colour, as the board has it.

import { colourOf, onColourScheme } from "../board/colour.js";

/** Colours each element with a `data-key` in `root`. */
export function showOwnColours(root = document) {
  for (const element of root.querySelectorAll("[data-key]")) {
    element.style.setProperty("--own-colour", colourOf(element.dataset.key));
  }
}

showOwnColours();
onColourScheme(() => showOwnColours());
