// A hashtag's own colour: always the same for the same key, equally bright for all.

import { isDark } from "../site/theme.js";

/** A stable 32-bit number of a text (FNV-1a). */
function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** The colour of a hashtag key, for the page's present theme. */
export function colourOf(key) {
  const value = hash(key);
  const hue = value % 360;
  const shade = ((value >>> 12) % 3) * 0.05;
  return isDark() ? `oklch(${0.64 + shade} 0.13 ${hue})` : `oklch(${0.6 + shade} 0.15 ${hue})`;
}
