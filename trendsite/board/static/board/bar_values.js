// The value of a place, which gives its rank and the length of its bar: its posts, its distinct authors (estimated), or
// its score; and its label: the value, or how many times as many as usual. The same as `trendsite/board/bar_values.py`.

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** What a ranking is ordered by: "posts", "authors" or "score". */
export function measureOf({ window, by }) {
  return window === "rising" ? "score" : (by ?? "posts");
}

const MOST_TIMES = 20; // above it a number would claim more than few usual posts can tell

/** The places of a ranking, each with its `value` and `label`. Every drawing calls this itself, so no page can forget it. */
export function placesWithValues(ranking) {
  const measure = measureOf(ranking);
  return ranking.top.map((place) => {
    // The root of a score, in standard deviations: one huge score would leave all other bars invisible.
    const value = (measure === "score" ? Math.sqrt(place.why?.score ?? 0) : place[measure]) ?? 0;
    return { ...place, value, label: measure === "score" ? timesOf(place.why) : number.format(value) };
  });
}

/** How many times as many as usual: a bare score would mean nothing. */
function timesOf(why) {
  if (!why?.times) return "new";
  if (why.times > MOST_TIMES) return `>${MOST_TIMES}×`;
  return `${why.times}×`;
}

/** The value of a place in words. A bare score would mean nothing. */
export function inWords(ranking, { posts, authors, why }) {
  const words = {
    posts: () => `${number.format(posts)} posts`,
    authors: () => `about ${number.format(authors)} authors`,
    score: () => `${why.words}: ${why.details}`,
  };
  return words[measureOf(ranking)]();
}
