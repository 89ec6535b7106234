// Draws rank, spelling, the mark of few authors, count and change of rank beside each bar; they move with the bar. Where
// it is narrow and there is room, names are above the bars.

import { markOf } from "./rank_changes.js";
import { nameOf } from "./rising.js";

const FIGURE = new Path2D("M8 1a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8zM1.5 15.5a6.5 6.5 0 0 1 13 0z");
const FIGURE_SIZE = 16;

const NARROW = 560;
const ROOM_FOR_TWO_LINES = 38;

const MOST_KEPT = 1_000;
const graphemes = new Intl.Segmenter();
const kept = new Map(); // of spellings cut to their room: the same ones are drawn in every frame
const counts = new WeakMap(); // of places: measuring a count in every frame would be slow

/** A Chart.js plugin; `slots()` are the bars' slots, `looks()` the arrangement, the font family and the colours. */
export function labelsPlugin(slots, looks) {
  return {
    id: "labels",
    afterDatasetsDraw(chart) {
      const { ctx: context, chartArea: area, width } = chart;
      const look = looks();
      if (!look) return;
      const labels = visibleLabels(chart, slots(), look);
      context.save();
      context.textBaseline = "middle";
      // A pass for each font: changing it costs more than the text.
      drawRanks(context, labels, look);
      drawNamesAndCounts(context, labels, look, { area, width });
      drawChanges(context, labels, look, width);
      drawFigures(context, labels, look);
      context.restore();
    },
  };
}

/** What stands beside each bar that is in sight, and on which line. */
function visibleLabels(chart, slots, { pitch, above, barThickness, fontSize }) {
  const labels = [];
  chart.getDatasetMeta(0).data.forEach((bar, index) => {
    const slot = slots[index];
    if (!slot || !(bar.y < chart.height + pitch / 2)) return;
    const line = above ? bar.y - barThickness / 2 - fontSize * 0.82 : bar.y;
    labels.push({ place: slot.place, line, end: bar.x, change: slot.stays ? slot.place.change : undefined });
  });
  return labels;
}

function drawRanks(context, labels, { fontSize, family, muted, rankWidth }) {
  context.font = `400 ${fontSize * 0.9}px ${family}`;
  context.fillStyle = muted;
  context.textAlign = "right";
  for (const { place, line } of labels) context.fillText(place.rank, rankWidth - fontSize * 0.7, line);
}

/** Also notes where each count ends, for the change beside it. */
function drawNamesAndCounts(context, labels, { fontSize, family, ink, rankWidth, gutter, above }, { area, width }) {
  const font = `600 ${fontSize}px ${family}`;
  context.font = font;
  context.fillStyle = ink;
  for (const label of labels) {
    const { count, countWidth } = countOf(context, font, label.place);
    context.textAlign = "left";
    const room = above ? width - rankWidth - countWidth - fontSize * 2.6 : gutter - rankWidth - fontSize * 0.8;
    const left = label.place.few_authors ? room - fontSize * 1.2 : room;
    context.fillText(fitted(context, font, nameOf(label.place), left), rankWidth, label.line);
    label.figureAt = rankWidth + room - fontSize * 0.9;
    const start = above ? area.right - countWidth : label.end + fontSize * 0.55;
    context.fillText(count, start, label.line);
    label.changeAt = above ? start - fontSize * 0.7 : start + countWidth + fontSize * 0.55;
  }
}

function countOf(context, font, place) {
  const known = counts.get(place);
  if (known?.font === font) return known;
  const count = place.label;
  const measured = { font, count, countWidth: context.measureText(count).width };
  counts.set(place, measured);
  return measured;
}

function drawChanges(context, labels, { fontSize, family, muted, good, bad, above }) {
  context.font = `600 ${fontSize * 0.78}px ${family}`;
  context.textAlign = above ? "right" : "left";
  for (const { change, changeAt, line } of labels) {
    if (!change) continue;
    context.fillStyle = change === "new" ? muted : change > 0 ? good : bad;
    context.fillText(markOf(change), changeAt, line);
  }
}

/** A figure at the end of the name's room marks few authors; the table has it in words. */
function drawFigures(context, labels, { fontSize, warn }) {
  const scale = (fontSize * 0.85) / FIGURE_SIZE;
  context.fillStyle = warn;
  for (const { place, figureAt, line } of labels) {
    if (!place.few_authors) continue;
    context.save();
    context.translate(figureAt, line - (FIGURE_SIZE * scale) / 2);
    context.scale(scale, scale);
    context.fill(FIGURE);
    context.restore();
  }
}

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
