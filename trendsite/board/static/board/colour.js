// A hashtag's own colour: always the same for the same key, equally bright for all.

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** A stable 32-bit number of a text (FNV-1a). */
function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** The colour of a hashtag key, for the page's present colour scheme. */
export function colourOf(key) {
  const value = hash(key);
  const hue = value % 360;
  const shade = ((value >>> 12) % 3) * 0.05;
  return dark.matches ? `oklch(${0.68 + shade} 0.135 ${hue})` : `oklch(${0.58 + shade} 0.15 ${hue})`;
}

/** Calls `changed` when the colour scheme does. */
export function onColourScheme(changed) {
  dark.addEventListener("change", changed);
}
