// How the posts of a place divide among the networks, where several are added up: as parts of its bar, and in words.
// `trendsite/board/networks.py` computes the same for the first paint.

import { gettext } from "../site/translation.js";

/**
 * The parts of a place's bar from the left, `{ look, share, isAway }`: `look` is the network's place among the running
 * ones, `share` is from 0 to 1. Empty if only one network is in the ranking. `networks` are as `Networks` has them.
 */
export function partsOf(place, networks) {
  const posts = place.networks ?? {};
  return networks
    .map(({ name, isAway }, look) => ({ look, share: (posts[name] ?? 0) / Math.max(1, place.posts), isAway }))
    .filter(({ share }) => share > 0);
}

/** The shares in words, "Bluesky 61 %, Mastodon 39 %"; empty if only one network is in the ranking. */
export function sharesInWords(place, networks) {
  const posts = place.networks ?? {};
  return networks
    .filter(({ name }) => posts[name])
    .map(({ name, title }) => `${title} ${percent(posts[name] / Math.max(1, place.posts))}`)
    .join(", ");
}

function percent(share) {
  const rounded = Math.round(100 * share);
  return rounded > 0 ? gettext("{share} %", { share: rounded }) : gettext("under 1 %");
}

/** A Chart.js plugin that gives the parts of each bar their looks. `slots()` and `look()` are those of the bars. */
export function sharesPlugin(slots, look) {
  return {
    id: "shares",
    afterDatasetsDraw(chart) {
      const colours = look();
      if (!colours) return;
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const parts = slots()[index]?.place.parts ?? [];
        if (parts.some(({ look, isAway }) => look > 0 || isAway) && bar.y < chart.height + bar.height) draw(chart.ctx, bar, parts, colours);
      });
    },
  };
}

const RADIUS = 4;
const GAP = 1.5;

/** The bar has its hashtag's colour already: what makes a part lighter, striped, checked or grey is laid over it. */
function draw(context, bar, parts, { card, muted }) {
  const [left, top, width] = [bar.base, bar.y - bar.height / 2, bar.x - bar.base];
  context.save();
  context.beginPath();
  context.roundRect(left, top, width, bar.height, RADIUS);
  context.clip();
  let start = left;
  for (const { look, share, isAway } of parts) {
    const part = [start, top, width * share, bar.height];
    if (isAway) lay(context, part, muted, 1);
    if (look === 1) lay(context, part, card, 0.58);
    if (look > 1) lay(context, part, patterned(context, card, look === 2 ? stripes : checks), 1);
    if (start > left) lay(context, [start - GAP / 2, top, GAP, bar.height], card, 1);
    start += width * share;
  }
  context.restore();
}

function lay(context, [x, y, width, height], fill, alpha) {
  context.globalAlpha = alpha;
  context.fillStyle = fill;
  context.fillRect(x, y, width, height);
}

const patterns = new Map();

/** A pattern of a colour, drawn on a tile by `draw`; between its parts the bar is seen. */
function patterned(context, colour, draw) {
  const known = patterns.get(draw);
  if (known?.colour === colour) return known.pattern;
  const tile = new OffscreenCanvas(6, 6);
  const pen = tile.getContext("2d");
  pen.strokeStyle = pen.fillStyle = colour;
  draw(pen);
  const pattern = context.createPattern(tile, "repeat");
  patterns.set(draw, { colour, pattern });
  return pattern;
}

function stripes(pen) {
  pen.lineWidth = 2.4;
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift - 1, 7);
    pen.lineTo(shift + 7, -1);
  }
  pen.stroke();
}

function checks(pen) {
  pen.fillRect(0, 0, 3, 3);
  pen.fillRect(3, 3, 3, 3);
}
