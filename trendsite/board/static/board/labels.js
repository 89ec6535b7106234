// Draws what stands beside each bar and moves with it: rank, spelling, the line of its day, count, change of rank and
// since when it is there; or, of a rising hashtag, how unusual it is in words. `arrangement.js` says where.

import { gettext } from "../site/translation.js";
import { markOf } from "./rank_changes.js";
import { nameOf, wordsOf } from "./rising.js";
import { drawSparkline } from "./sparkline.js";

const FIGURE = new Path2D("M8 1a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8zM1.5 15.5a6.5 6.5 0 0 1 13 0z");
const FIGURE_SIZE = 16;
const SMALLER = 0.87; // of the size of other names
const CHANGE_LETTERS = 2.2; // the width of "▲12" in multiples of its size

const MOST_KEPT = 1_000;
const graphemes = new Intl.Segmenter();
const NOTHING = [];
const usuals = new WeakMap(); // of places: they are drawn in every frame
const kept = new Map(); // of spellings cut to their room: the same ones are drawn in every frame

/** Since when a hashtag has been in the shown top, in words. */
export function sinceInWords(time) {
  return time ? gettext("since {time}", { time }) : "";
}

/** A Chart.js plugin; `slots()` are the bars' slots, `looks()` the arrangement, the font family and the colours. */
export function labelsPlugin(slots, looks) {
  return {
    id: "labels",
    afterDatasetsDraw(chart) {
      const { ctx: context, width } = chart;
      const look = looks();
      if (!look) return;
      const labels = visibleLabels(chart, slots(), look);
      const pen = { context, look, at: (x) => (look.mirrored ? width - x : x) };
      context.save();
      context.textBaseline = "middle";
      context.direction = look.mirrored ? "rtl" : "ltr";
      // A pass for each font: changing it costs more than the text.
      drawRanks(pen, labels);
      drawNames(pen, labels);
      if (look.columns.words) drawWords(pen, labels);
      else drawCounts(pen, labels);
      drawLines(pen, labels);
      drawFigures(pen, labels);
      context.restore();
    },
  };
}

/** What stands beside each bar that is in sight, and on which line. */
function visibleLabels(chart, slots, { pitch, nameLine }) {
  const colours = chart.data.datasets[0].backgroundColor;
  const labels = [];
  chart.getDatasetMeta(0).data.forEach((bar, index) => {
    const slot = slots[index];
    if (!slot || !(bar.y < chart.height + pitch / 2)) return;
    const { place, stays } = slot;
    labels.push({ place, bar: bar.y, line: bar.y - nameLine, change: stays ? markOf(place.change) : "", colour: colours[index] });
  });
  return labels;
}

function write({ context, at }, { text, x, align }, line) {
  context.textAlign = align;
  context.fillText(text, at(x), line);
}

/** Digits run from left to right whatever is around them, so the last ones stand in line. */
function writeNumber({ context, at, look }, text, { start, end }, line) {
  context.textAlign = "right";
  context.fillText(text, at(look.mirrored ? start : end), line);
}

function drawRanks(pen, labels) {
  const { fontSize, family, muted, columns } = pen.look;
  pen.context.font = `400 ${fontSize * 0.9}px ${family}`;
  pen.context.fillStyle = muted;
  for (const { place, line } of labels) writeNumber(pen, place.rank, columns.rank, line);
}

function drawNames(pen, labels) {
  const { fontSize, ink, columns } = pen.look;
  pen.context.fillStyle = ink;
  for (const { place, line, change } of labels) {
    const room = nameRoom(pen.look, change) - (place.few_authors ? fontSize * 1.2 : 0);
    write(pen, { text: fittedName(pen, nameOf(place), room), x: columns.name, align: "start" }, line);
  }
}

/** A name that is too long is a little smaller before it is cut. Leaves its font in the context. */
function fittedName({ context, look }, name, room) {
  let text = "";
  for (const size of [look.fontSize, look.fontSize * SMALLER]) {
    const font = `600 ${size}px ${look.family}`;
    if (isOther(context.font, size)) context.font = font;
    text = fitted(context, font, name, room);
    if (!text.endsWith("…\u2069")) break;
  }
  return text;
}

/** Whether a font, as a context gives it back, is not of a size: setting it costs even where nothing changes. */
function isOther(font, size) {
  return !font.startsWith("600 ") || Math.abs(parseFloat(font.slice(4)) - size) > 0.01;
}

/** The width for a name. One above its bar ends where the count begins, or the change of rank if there is one. */
function nameRoom({ above, fontSize, columns }, change) {
  if (!above || columns.words) return columns.nameWidth;
  const end = change ? columns.change - fontSize * 0.8 * CHANGE_LETTERS : columns.count.start;
  return end - columns.name - fontSize * 0.4;
}

function drawCounts(pen, labels) {
  const { context, look } = pen;
  const { fontSize, family, ink, muted, good, bad, columns, nameLine } = look;
  context.font = `600 ${fontSize}px ${family}`;
  context.fillStyle = ink;
  for (const { place, line } of labels) writeNumber(pen, place.label, columns.count, line);
  context.font = `600 ${fontSize * 0.78}px ${family}`;
  for (const { place, line, change } of labels) {
    if (!change) continue;
    context.fillStyle = place.change === "new" ? muted : place.change > 0 ? good : bad;
    write(pen, { text: change, x: columns.change, align: columns.changeAlign }, line);
  }
  if (!columns.since) return;
  context.font = `400 ${fontSize * 0.78}px ${family}`;
  context.fillStyle = muted;
  for (const { place, bar, line } of labels) {
    if (place.since) write(pen, { text: sinceInWords(place.since), x: columns.since, align: "end" }, nameLine ? bar : line);
  }
}

function drawWords(pen, labels) {
  const { context, look } = pen;
  const { wordsSize, family, muted, columns, wordsLine } = look;
  const font = `500 ${wordsSize}px ${family}`;
  context.font = font;
  context.fillStyle = muted;
  for (const { place, bar } of labels) {
    const text = fitted(context, font, wordsOf(place), columns.wordsWidth);
    write(pen, { text, x: columns.words, align: "start" }, bar - wordsLine);
  }
}

/** The line of each day, in the colour of its bar. */
function drawLines({ context, look, at }, labels) {
  const { columns, sparkHeight, sparkLine, mirrored } = look;
  if (!columns.spark) return;
  for (const { place, bar, colour } of labels) {
    if (!place.history) continue;
    const x = mirrored ? at(columns.spark + columns.sparkWidth) : columns.spark;
    const box = { x, y: bar - sparkLine, width: columns.sparkWidth, height: sparkHeight, mirrored };
    if (!usuals.has(place)) usuals.set(place, usualOf(place));
    drawSparkline(context, { ...place.history, usual: usuals.get(place) }, box, colour);
  }
}

/**
 * The number of each hour if nothing were unusual, empty where that is unknown. It is known in people or posts, of the
 * language in which a hashtag rises; the line may be of more, so its last hour gives the measure.
 */
function usualOf({ why, history }) {
  const last = history.hours.at(-1);
  if (!why?.observed || last == null) return NOTHING;
  const now = (last * why.usual) / why.observed;
  const known = history.usual.at(-1);
  return known ? history.usual.map((number) => number && (number * now) / known) : Array(history.whole).fill(now);
}

/** A figure at the end of the name's room marks few authors; the table has it in words. */
function drawFigures({ context, look, at }, labels) {
  const { fontSize, warn, columns, mirrored } = look;
  const scale = (fontSize * 0.85) / FIGURE_SIZE;
  context.fillStyle = warn;
  for (const { place, line, change } of labels) {
    if (!place.few_authors) continue;
    const x = at(columns.name + nameRoom(look, change) - fontSize * 0.9) - (mirrored ? FIGURE_SIZE * scale : 0);
    context.save();
    context.translate(x, line - (FIGURE_SIZE * scale) / 2);
    context.scale(scale, scale);
    context.fill(FIGURE);
    context.restore();
  }
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
