// The number that a place has its rank by, and its bar its length: its posts, about how many distinct authors, or how
// unusual it is. The same as `trendsite/board/amount.py`.

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** What a ranking is ordered by: "posts", "authors" or "score". */
export function measureOf({ window, by }) {
  return window === "rising" ? "score" : (by ?? "posts");
}

/** A ranking whose places have their `amount`. */
export function withAmounts(ranking) {
  const measure = measureOf(ranking);
  return { ...ranking, top: ranking.top.map((place) => ({ ...place, amount: measure === "score" ? place.why.score : place[measure] })) };
}

/** What gives a place of a ranking its rank, in words: a score alone would tell nobody anything. */
export function inWords(ranking, { posts, authors, why }) {
  const words = {
    posts: () => `${number.format(posts)} posts`,
    authors: () => `about ${number.format(authors)} authors`,
    score: () => `${number.format(why.observed)} ${why.unit} where ${number.format(why.expected)} were expected`,
  };
  return words[measureOf(ranking)]();
}
