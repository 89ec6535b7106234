// How bars and labels share a canvas: names beside the bars, or above them where it is narrow and there is room.

const NARROW = 560;
const ROOM_FOR_TWO_LINES = 38;

/**
 * Lengths in pixels for `places` places on a canvas of `width` and `height`. `digits` is the length of the longest
 * count: `gutter` is kept free left of the bars and `margin` right of them.
 */
export function arrangement(width, height, places, digits) {
  const pitch = height / places;
  if (width < NARROW && pitch >= ROOM_FOR_TWO_LINES) {
    const fontSize = Math.min(17, pitch * 0.32);
    return { above: true, pitch, fontSize, rankWidth: fontSize * 1.9, gutter: 0, margin: 0, barThickness: pitch * 0.26 };
  }
  const fontSize = Math.min(pitch * 0.54, Math.max(15, width / 64), width / 20);
  const margin = fontSize * (digits * 0.62 + 4);
  const rankWidth = fontSize * 2.1;
  const gutter = Math.min(fontSize * 18, (width - margin) * 0.45);
  return { above: false, pitch, fontSize, rankWidth, gutter, margin, barThickness: pitch * 0.64 };
}
