// The value of a place, which gives its rank and the length of its bar: its posts, its distinct authors (estimated), or
// its score; and its label: the value, or how many times as many as usual. The same as `trendsite/board/bar_values.py`.

import { formatNumber, gettext, ngettext, numberFormat } from "../site/translation.js";

const tenths = numberFormat({ maximumFractionDigits: 1 });

/** What a ranking is ordered by: "posts", "authors" or "score". */
export function measureOf({ window, by }) {
  return window === "rising" ? "score" : (by ?? "posts");
}

export const MOST_TIMES = 20; // above it a number would claim more than few usual posts can tell

/** The places of a ranking, each with its `value` and `label`. Every drawing calls this itself, so no page can forget it. */
export function placesWithValues(ranking) {
  const measure = measureOf(ranking);
  return ranking.top.map((place) => {
    // The root of a score, in standard deviations: one huge score would leave all other bars invisible.
    const value = (measure === "score" ? Math.sqrt(place.why?.score ?? 0) : place[measure]) ?? 0;
    return { ...place, value, label: measure === "score" ? timesOf(place.why) : formatNumber(value) };
  });
}

/** How many times as many as usual: a bare score would mean nothing. */
function timesOf(why) {
  if (!why?.times) return gettext("new");
  return why.times > MOST_TIMES ? `>${formatNumber(MOST_TIMES)}×` : `${tenths.format(why.times)}×`;
}

/** The posts or people of a place in words. */
export function countInWords(ranking, { posts, authors }) {
  if (measureOf(ranking) === "authors") return ngettext("about {count} author", "about {count} authors", authors);
  return ngettext("{count} post", "{count} posts", posts);
}
