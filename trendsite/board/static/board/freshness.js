// "updated 0.4 s ago": how old what you see is, counted from the arrival of the last ranking.

const REFRESH_MS = 200;

/** An age in words: tenths below ten seconds, then seconds, then minutes. */
export function ageInWords(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return `${Math.floor(seconds / 60)} min`;
}

export class Freshness {
  #element;
  #arrived = null;

  constructor(element) {
    this.#element = element;
    setInterval(() => this.#refresh(), REFRESH_MS);
  }

  /** A ranking arrived now. */
  touch() {
    this.#arrived = performance.now();
    this.#refresh();
  }

  #refresh() {
    if (this.#arrived !== null) {
      this.#element.textContent = `updated ${ageInWords(performance.now() - this.#arrived)} ago`;
    }
  }
}
