// Where everything of a row is, in pixels from where lines of text begin: left to right, or mirrored.
// Where it is narrow and there is room, names are above the bars.

const NARROW = 560;
const NARROW_FOR_WORDS = 800;
const ROOM_FOR_TWO_LINES = 38;
const LEAST_BAR = 0.2; // of the width: names get all the rest that they need

/**
 * The arrangement of `places` rows on a canvas of `width` and `height`. `texts` are the lengths of the longest texts in
 * multiples of the font's size: `digits` of a count, `name`, `since` (0 without), `words` (0 without) that stand instead
 * of counts; `history` says whether there are lines of the day. `gutter` is kept free before the bars, `margin` behind.
 */
export function arrangement(width, height, places, texts) {
  const pitch = height / places;
  const isNarrow = width < (texts.words ? NARROW_FOR_WORDS : NARROW);
  return isNarrow && pitch >= ROOM_FOR_TWO_LINES ? above(width, pitch, texts) : beside(width, pitch, texts);
}

function beside(width, pitch, { digits, name, since, words, history }) {
  const fontSize = Math.min(pitch * 0.54, Math.max(15, width / 64), width / 20);
  const nameStart = fontSize * 2.1;
  const spark = history ? fontSize * 4.4 : 0;
  const count = fontSize * (digits * 0.62 + 0.7);
  const changes = fontSize * 2.5;
  const behind = since ? fontSize * (since + 0.4) : 0;
  const margin = words ? Math.min(fontSize * (words + 1.1), width * 0.4) : count + changes + behind;
  const besides = fontSize * 0.8 + (spark ? spark + fontSize : 0);
  const room = width * (1 - LEAST_BAR) - margin - nameStart - besides;
  const nameWidth = Math.max(fontSize * 3, Math.min(fontSize * name, room));
  const gutter = nameStart + nameWidth + besides;
  return {
    above: false, pitch, fontSize, gutter, margin,
    barThickness: pitch * 0.5, shift: 0, nameLine: 0, wordsLine: 0, sparkLine: 0, sparkHeight: Math.min(pitch * 0.5, fontSize * 1.4),
    columns: {
      rank: nameStart - fontSize * 0.7, name: nameStart, nameWidth,
      spark: spark && gutter - spark - fontSize, sparkWidth: spark,
      count: width - changes - behind, change: width - changes - behind + fontSize * 0.55, changeAlign: "start",
      since: behind && width,
      words: words && width - margin + fontSize, wordsWidth: margin - fontSize,
    },
  };
}

function above(width, pitch, { digits, since, words, history }) {
  const fontSize = Math.min(17, pitch * (words ? 0.29 : 0.32));
  const nameStart = fontSize * 1.9;
  const spark = history ? fontSize * 3.4 : 0;
  const count = words ? spark : fontSize * (digits * 0.62);
  const behind = since && !words ? fontSize * (since + 0.6) : 0;
  const margin = words ? 0 : behind + (spark ? spark + fontSize * 0.8 : 0);
  const thickness = pitch * (words ? 0.14 : 0.26);
  return {
    above: true, pitch, fontSize, gutter: 0, margin,
    barThickness: thickness, shift: words ? 0.32 : 0.24,
    nameLine: words ? pitch * 0.6 : thickness / 2 + fontSize * 0.82, wordsLine: pitch * 0.29,
    sparkLine: words ? pitch * 0.6 : 0, sparkHeight: words ? pitch * 0.28 : thickness * 1.3,
    columns: {
      rank: nameStart - fontSize * 0.7, name: nameStart,
      nameWidth: width - nameStart - count - fontSize * (words ? 0.8 : 2.6),
      spark: spark && width - behind - spark, sparkWidth: spark,
      count: width, change: width - count - fontSize * 0.7, changeAlign: "end",
      since: behind && width,
      words: words && nameStart, wordsWidth: width - nameStart,
    },
  };
}
