// How each hashtag's rank changed within the last minute, worked out from the rankings that the page saw.

import { gettext } from "../site/translation.js";

const SPAN_MS = 60_000;
const STEP_MS = 5_000;

export class RankChanges {
  #of = null;
  #chosen = false;
  #places = Infinity;
  #seen = [];

  /**
   * Notes a ranking at `now` (milliseconds); returns for each key how many places it rose, negative when it fell, or
   * "new" when it was not there. A ranking of something else begins anew.
   */
  note(ranking, now) {
    const of = [ranking.day, ranking.window, ranking.by, ...ranking.languages].join();
    if (of !== this.#of || ranking.top.length > this.#places) this.#begin();
    this.#of = of;
    if (this.#chosen) this.#places = ranking.top.length;
    this.#chosen = false;
    if (this.#seen.length === 0) this.#seen.push({ at: now, ranks: ranksBefore(ranking) });
    while (this.#seen.length > 1 && this.#seen[1].at <= now - SPAN_MS) this.#seen.shift();
    const changes = this.#since(this.#seen[0].ranks, ranking);
    if (now - this.#seen.at(-1).at >= STEP_MS) this.#seen.push({ at: now, ranks: ranksOf(ranking) });
    return changes;
  }

  /** Begins anew after a choice. A ranking of fewer places may still come before those that were chosen. */
  forget() {
    this.#begin();
    this.#chosen = true;
  }

  #begin() {
    this.#seen = [];
    this.#places = Infinity;
  }

  #since(before, ranking) {
    return new Map(
      ranking.top.map(({ key, rank }) => [key, before.has(key) ? before.get(key) - rank : "new"]),
    );
  }
}

/** A change as a short mark: "▲2", "▼1", "new", or nothing. */
export function markOf(change) {
  if (change === "new") return gettext("new");
  if (!change) return "";
  return change > 0 ? `▲${change}` : `▼${-change}`;
}

/** A change in words: "up 2", "down 1", "new", or nothing. */
export function changeInWords(change) {
  if (!change || change === "new") return markOf(change);
  return change > 0 ? gettext("up {places}", { places: change }) : gettext("down {places}", { places: -change });
}

function ranksOf(ranking) {
  return new Map(ranking.top.map(({ key, rank }) => [key, rank]));
}

/** The ranks before the first ranking seen, as far as it tells them. */
function ranksBefore(ranking) {
  return new Map(ranking.top.filter((place) => !place.is_new).map((place) => [place.key, place.previous_rank ?? place.rank]));
}
