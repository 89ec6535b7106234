// Tells screen readers, now and then and only when the first places changed, who leads. The table has the rest.

const AT_MOST_EVERY_MS = 10_000;
const PLACES = 3;
const number = new Intl.NumberFormat("en");

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
      .map((place) => `${place.rank}. #${place.hashtag}, ${inWords(place)}`)
      .join("; ");
  }
}

function inWords({ posts, why }) {
  if (!why) return `${number.format(posts)} posts`;
  return `${number.format(why.observed)} ${why.unit} where ${number.format(why.expected)} were expected`;
}

function leaders(ranking) {
  return JSON.stringify(ranking.top.slice(0, PLACES).map(({ key }) => key));
}
