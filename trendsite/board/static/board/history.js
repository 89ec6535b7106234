// What each row shows of its day, asked from the site when hashtags come and go, and now and then; never per frame.

import { ROOT } from "../site/addresses.js";
import { queryOf } from "./choice.js";

const PAUSE_MS = 30_000; // between two requests
const OLD_MS = 300_000;
const FIRST_MS = 300; // the first bars are there before the first request
const PATIENCE_MS = 10_000;

export class History {
  #choice;
  #onNews;
  #known = new Map();
  #askedAt = -Infinity;
  #timer = 0;

  /** Calls `onNews()` when there is more to show for `choice`. */
  constructor(choice, onNews) {
    this.#choice = choice;
    this.#onNews = onNews;
  }

  /** What is known of a hashtag: `{ hours, whole, since, usual }`, or nothing yet. */
  of(key) {
    return this.#known.get(key);
  }

  /** Begins anew with another choice. */
  choose(choice) {
    this.#choice = choice;
    this.#known = new Map();
    this.#askedAt = -Infinity;
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  /** Takes a ranking that is shown; asks soon if it has hashtags of which nothing is known, or all is old. */
  note(ranking) {
    if (this.#timer || document.hidden) return;
    const isOld = performance.now() - this.#askedAt > OLD_MS;
    if (!isOld && ranking.top.every(({ key }) => this.#known.has(key))) return;
    const wait = Math.max(FIRST_MS, this.#askedAt + PAUSE_MS * (1 + Math.random() / 2) - performance.now());
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    this.#askedAt = performance.now();
    const choice = this.#choice;
    try {
      const answer = await fetch(`${ROOT}board-history/${queryOf(choice)}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (answer.ok && choice === this.#choice) this.#take(await answer.json());
    } catch (error) {
      console.info("The lines of the day are not there yet:", error.message);
    }
    if (choice === this.#choice) this.#timer = 0;
  }

  #take({ hours: whole, hashtags }) {
    const rows = Object.entries(hashtags);
    this.#known = new Map(rows.map(([key, { hours, since = "", usual = [] }]) => [key, { hours, whole, since, usual }]));
    this.#onNews();
  }
}
