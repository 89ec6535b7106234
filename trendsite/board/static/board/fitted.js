// Spellings cut to the room there is. Measuring is slow and the same spellings are drawn every frame, so they are kept.

const MOST_KEPT = 1_000;
const graphemes = new Intl.Segmenter();
const kept = new Map();

/** The text cut with an ellipsis to at most `width` pixels of `font`, and with its own direction whatever is beside it. */
export function fitted(context, font, text, width) {
  const key = `${Math.round(width)} ${font} ${text}`;
  if (!kept.has(key)) {
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, `\u2068${cut(context, text, width)}\u2069`);
  }
  return kept.get(key);
}

/** Cuts between whole characters as people see them: an emoji of several code points stays whole. */
function cut(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  let [fits, tooLong] = [0, characters.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (context.measureText(`${characters.slice(0, middle).join("")}…`).width <= width) fits = middle;
    else tooLong = middle;
  }
  return `${characters.slice(0, fits).join("")}…`;
}
