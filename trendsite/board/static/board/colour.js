// A hashtag's own colour: the same whenever it is seen, unless another one in sight has it already.

import { isDark } from "../site/theme.js";

const HUES = 12;
const SHADES = 5;
const COLOURS = HUES * SHADES; // more than places of the longest ranking
const FIRST_CHOICES = 2 * HUES;
const MOST_KNOWN = 500;

// The nearest shades last: they serve only where all others are taken.
const LIGHTNESS = { light: [0.56, 0.67, 0.47, 0.62, 0.52], dark: [0.66, 0.78, 0.57, 0.72, 0.62] };

/** A stable 32-bit number of a text (FNV-1a). */
function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** The number of a hashtag's own colour. */
function ownNumber(key) {
  return hash(key) % FIRST_CHOICES;
}

/** Numbers that follow each other are of hues far apart. */
function hueOf(number) {
  return ((number % HUES) * 5) % HUES;
}

function paint(number) {
  const [theme, chroma] = isDark() ? ["dark", 0.125] : ["light", 0.145];
  return `oklch(${LIGHTNESS[theme][Math.floor(number / HUES)]} ${chroma} ${hueOf(number) * (360 / HUES) + 20})`;
}

/** The colour of a hashtag by itself, for the page's present theme. */
export function colourOf(key) {
  return paint(ownNumber(key));
}

/** The colours of a ranking: no two of its places share one, and a hashtag keeps its colour from rank to rank. */
export class Colours {
  #numbers = new Map();

  /** Gives a colour to each of `keys`, in the order of their ranks. */
  assign(keys) {
    const taken = new Set();
    const newcomers = [];
    for (const key of keys) {
      const number = this.#numbers.get(key);
      if (number === undefined || taken.has(number)) newcomers.push(key);
      else taken.add(number);
    }
    for (const key of newcomers) {
      const beside = this.#huesBeside(keys, keys.indexOf(key));
      const number = freeNumber(ownNumber(key), taken, beside);
      taken.add(number);
      this.#know(key, number);
    }
  }

  /** The colour of a hashtag that has been in the ranking, for the page's present theme. */
  of(key) {
    return paint(this.#numbers.get(key) ?? ownNumber(key));
  }

  #huesBeside(keys, rank) {
    const numbers = [keys[rank - 1], keys[rank + 1]].map((key) => this.#numbers.get(key));
    return new Set(numbers.filter((number) => number !== undefined).map(hueOf));
  }

  /** Those that were seen long ago are forgotten first. */
  #know(key, number) {
    this.#numbers.delete(key);
    if (this.#numbers.size >= MOST_KNOWN) this.#numbers.delete(this.#numbers.keys().next().value);
    this.#numbers.set(key, number);
  }
}

/** The first number from `own` on that is free and of another hue than its neighbours; if there is none, a free one. */
function freeNumber(own, taken, beside) {
  const order = Array.from({ length: COLOURS }, (_, step) =>
    step < FIRST_CHOICES ? (own + step) % FIRST_CHOICES : FIRST_CHOICES + ((own + step) % (COLOURS - FIRST_CHOICES)),
  ).filter((number) => !taken.has(number));
  return order.find((number) => !beside.has(hueOf(number))) ?? order[0] ?? own;
}
