// What a bar is as long as: a hashtag's posts, or the score by which it is rising.

/** The number that a place of a ranking is ordered by. */
export function measureOf(place) {
  return place.why ? place.why.score : place.posts;
}
