// Which bar shows which hashtag: one that stays in the ranking keeps its bar, however its rank moves.

/** The keys of the bars after `keys` became the ranking: a newcomer takes a bar that became free. */
export function assignSlots(slots, keys) {
  const present = new Set(keys);
  const kept = slots.map((key) => (present.has(key) ? key : null));
  const newcomers = keys.filter((key) => !kept.includes(key));
  return kept.map((key) => key ?? newcomers.shift() ?? null);
}
