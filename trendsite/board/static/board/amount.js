// The number that a place has its rank by, and its bar its length: its posts, or about how many distinct authors.

/** A ranking whose places have their `amount`. */
export function withAmounts(ranking) {
  return { ...ranking, top: ranking.top.map((place) => ({ ...place, amount: ranking.by === "authors" ? place.authors : place.posts })) };
}
