// Which bar shows which hashtag: one that stays keeps its bar, however its rank moves, and one that leaves keeps it too
// until a newcomer needs it. Twice as many bars as places are therefore always enough.

/**
 * The bars after `top` became the ranking. A bar is null, or `{ key, place, stays, isNew }`: `place` is the last one
 * that its hashtag had, `stays` says that it is in the ranking, `isNew` that it was not shown before.
 */
export function assignSlots(slots, top) {
  const places = new Map(top.map((place) => [place.key, place]));
  const next = slots.map((slot) => {
    const place = slot && places.get(slot.key);
    if (place) places.delete(slot.key);
    return slot && { key: slot.key, place: place ?? slot.place, stays: Boolean(place), isNew: Boolean(place) && !slot.stays };
  });
  for (const place of places.values()) {
    next[freeSlot(next, 2 * top.length)] = { key: place.key, place, stays: true, isNew: true };
  }
  return next;
}

/** The index of an empty bar, of a new one while there are fewer than `most`, or of one whose hashtag is leaving. */
function freeSlot(slots, most) {
  const empty = slots.indexOf(null);
  if (empty >= 0) return empty;
  return slots.length < most ? slots.length : slots.findIndex((slot) => !slot.stays);
}
