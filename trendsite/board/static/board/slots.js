// Which bar shows which hashtag: one that stays keeps its bar, however its rank moves, and one that leaves keeps it too
// until a newcomer needs it. Twice as many bars as places are therefore always enough.

/**
 * The bars after `top` became the ranking. A bar is null, or `{ key, place, stays }`: `place` is the last one that its
 * hashtag had, and `stays` says that it is in the ranking.
 */
export function assignSlots(slots, top) {
  const places = new Map(top.map((place) => [place.key, place]));
  const next = slots.map((slot) => {
    const place = slot && places.get(slot.key);
    if (place) places.delete(slot.key);
    return slot && { key: slot.key, place: place ?? slot.place, stays: Boolean(place) };
  });
  for (const place of places.values()) next[freeSlot(next)] = { key: place.key, place, stays: true };
  return next;
}

/** The index of an empty bar, or of one whose hashtag has left. */
function freeSlot(slots) {
  const empty = slots.indexOf(null);
  return empty >= 0 ? empty : slots.findIndex((slot) => !slot.stays);
}
