// Tells screen readers, now and then and only when the first places changed, who leads. The table has the rest.

import { formatList } from "../site/translation.js";
import { countInWords } from "./bar_values.js";
import { nameOf, wordsOf } from "./rising.js";

const AT_MOST_EVERY_MS = 10_000;
const PLACES = 3;

export class Announcer {
  #region;
  #said = null;
  #ranking = null;
  #timer = 0;

  /** Speaks through `region`, a polite live region. */
  constructor(region) {
    this.#region = region;
  }

  /** Takes a ranking. The first is on the page already and is not said. */
  note(ranking) {
    this.#ranking = ranking;
    this.#said ??= leaders(ranking);
    this.#timer ||= setTimeout(() => this.#say(), AT_MOST_EVERY_MS);
  }

  #say() {
    this.#timer = 0;
    if (leaders(this.#ranking) === this.#said) return;
    this.#said = leaders(this.#ranking);
    const places = this.#ranking.top.slice(0, PLACES);
    this.#region.textContent = places
      .map((place) => `${place.rank}. ${formatList([nameOf(place), wordsOf(place) || countInWords(this.#ranking, place)])}`)
      .join("; ");
  }
}

function leaders(ranking) {
  return JSON.stringify(ranking.top.slice(0, PLACES).map(({ key }) => key));
}
