// Where everything of a row is, in pixels from where lines of text begin: left to right, or mirrored.
// Where it is narrow and there is room, names are above the bars.

const NARROW = 560;
const NARROW_FOR_WORDS = 800;
const ROOM_FOR_TWO_LINES = 38;
const LEAST_BAR = 0.2; // of the width: names get all the rest that they need
const LEAST_WORDS = 12; // pixels: words that are longer than their room become as small as this before they are cut
const IN_ROW = 64; // letters of a row; fewer and larger ones on a wall, where people stand away
const IN_ROW_OF_WALL = 46;
const IN_ROW_OF_WALL_WITH_WORDS = 54;

/**
 * The arrangement of `places` rows on a canvas of `width` and `height`. `texts` are the lengths of the longest texts in
 * multiples of the font's size: `count`, `name`, `since` (0 without), `words` (0 without) that stand instead of counts;
 * `history` says whether there are lines of the day, and `onWall` whether the board fills the screen. `gutter` is kept
 * free before the bars, `margin` behind. Numbers begin at `start` and end at `end`: their digits stand in line.
 */
export function arrangement(width, height, places, texts) {
  const pitch = height / places;
  const isNarrow = width < (texts.words ? NARROW_FOR_WORDS : NARROW);
  return isNarrow && pitch >= ROOM_FOR_TWO_LINES ? above(width, pitch, texts) : beside(width, pitch, texts);
}

function beside(width, pitch, { count, name, since, words, history, onWall }) {
  const fontSize = Math.min(pitch * 0.54, Math.max(15, width / lettersInRow(words, onWall)), width / 20);
  const nameStart = fontSize * 2.1;
  const spark = history ? fontSize * 4.4 : 0;
  const changes = fontSize * 2.5;
  const behind = since ? fontSize * (since + 0.4) : 0;
  const margin = words ? Math.min(fontSize * (words + 1.1), width * 0.4) : fontSize * (count + 0.7) + changes + behind;
  const besides = fontSize * 0.8 + (spark ? spark + fontSize : 0);
  const room = width * (1 - LEAST_BAR) - margin - nameStart - besides;
  const nameWidth = Math.max(fontSize * 3, Math.min(fontSize * name, room));
  const gutter = nameStart + nameWidth + besides;
  const countEnd = width - changes - behind;
  return {
    above: false, pitch, fontSize, gutter, margin,
    barThickness: pitch * 0.5, shift: 0, nameLine: 0, wordsLine: 0, sparkLine: 0, sparkHeight: Math.min(pitch * 0.5, fontSize * 1.4),
    wordsSize: sizeOfWords(fontSize, words, margin - fontSize),
    columns: {
      rank: rankIn(nameStart, fontSize), name: nameStart, nameWidth,
      spark: spark && gutter - spark - fontSize, sparkWidth: spark,
      count: { start: countEnd - fontSize * count, end: countEnd }, change: countEnd + fontSize * 0.55, changeAlign: "start",
      since: behind && width,
      words: words && width - margin + fontSize, wordsWidth: margin - fontSize,
    },
  };
}

function above(width, pitch, { count, since, words, history }) {
  const fontSize = Math.min(17, pitch * (words ? 0.29 : 0.32));
  const nameStart = fontSize * 1.75;
  const spark = history ? fontSize * 3.4 : 0;
  const behind = since && !words ? fontSize * (since + 0.6) : 0;
  const margin = behind + (spark ? spark + fontSize * 0.8 : 0);
  const thickness = pitch * (words ? 0.14 : 0.26);
  return {
    above: true, pitch, fontSize, gutter: 0, margin,
    barThickness: thickness, shift: words ? 0.32 : 0.24,
    nameLine: words ? pitch * 0.6 : thickness / 2 + fontSize * 0.82, wordsLine: pitch * 0.29,
    sparkLine: 0, sparkHeight: words ? pitch * 0.28 : thickness * 1.3,
    wordsSize: sizeOfWords(fontSize, words, width - nameStart),
    columns: {
      rank: rankIn(nameStart, fontSize), name: nameStart, nameWidth: width - nameStart,
      spark: spark && width - behind - spark, sparkWidth: spark,
      count: { start: width - fontSize * count, end: width }, change: width - fontSize * (count + 0.7), changeAlign: "end",
      since: behind && width,
      words: words && nameStart, wordsWidth: width - nameStart,
    },
  };
}

function lettersInRow(words, onWall) {
  if (!onWall) return IN_ROW;
  return words ? IN_ROW_OF_WALL_WITH_WORDS : IN_ROW_OF_WALL;
}

/** Two digits before the names. */
function rankIn(nameStart, fontSize) {
  const end = nameStart - fontSize * 0.6;
  return { start: end - fontSize * 1.1, end };
}

function sizeOfWords(fontSize, words, room) {
  const size = fontSize * 0.85;
  return words ? Math.max(Math.min(size, LEAST_WORDS), size * Math.min(1, room / (fontSize * words))) : size;
}
