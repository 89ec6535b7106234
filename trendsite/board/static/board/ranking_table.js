// The table: the same ranking as text and links, for every reader, device and keyboard.

import { hashtagAddress } from "../site/addresses.js";
import { placesWithValues } from "./bar_values.js";
import { sinceInWords } from "./labels.js";
import { changeInWords } from "./rank_changes.js";
import { nameOf, showCompanions, wordsOf } from "./rising.js";
import { gettext } from "../site/translation.js";

const SVG = "http://www.w3.org/2000/svg";

export class RankingTable {
  #body;
  #blank;

  /** Fills `body` with copies of the row in the template `blank`. */
  constructor(body, blank) {
    this.#body = body;
    this.#blank = blank;
  }

  /** Shows a ranking. A hashtag keeps its row, and the row with the focus stays where it is while others move around it. */
  show(ranking) {
    const body = this.#body;
    const focused = document.activeElement?.closest("tr");
    const position = [...body.rows].indexOf(focused);
    const before = new Map([...body.rows].map((row) => [row.dataset.key, row]));
    const places = placesWithValues(ranking);
    const most = Math.max(1, places[0]?.value ?? 1);
    const rows = places.map((place) => before.get(place.key) ?? this.#newRow(place));
    const kept = new Set(rows);
    for (const row of before.values()) if (!kept.has(row)) row.remove();
    if (rows.some((row, index) => body.rows[index] !== row)) order(body, rows, kept.has(focused) ? focused : null);
    if (position >= 0 && !kept.has(focused)) body.rows[position]?.querySelector("a").focus();
    rows.forEach((row, index) => fill(row, places[index], most));
  }

  #newRow({ key, hashtag }) {
    const row = this.#blank.content.firstElementChild.cloneNode(true);
    row.dataset.key = key;
    row.querySelector("a").href = hashtagAddress(key);
    return row;
  }
}

/** Brings rows into their order, moving few of them, and `pivot` never. */
function order(body, rows, pivot) {
  if (!pivot) body.prepend(rows[0]);
  const middle = Math.max(0, rows.indexOf(pivot));
  for (let at = middle - 1; at >= 0; at -= 1) {
    if (rows[at + 1].previousElementSibling !== rows[at]) rows[at + 1].before(rows[at]);
  }
  for (let at = middle + 1; at < rows.length; at += 1) {
    if (rows[at - 1].nextElementSibling !== rows[at]) rows[at - 1].after(rows[at]);
  }
}

function fill(row, place, most) {
  write(row.querySelector(".rank"), place.rank);
  write(row.querySelector("bdi"), `#${place.hashtag}`);
  showCompanions(row.querySelector(".with"), place);
  const few = place.few_authors ? gettext("few authors") : "";
  write(row.querySelector(".few"), few && ` ${few}`);
  set(row.querySelector("a"), "title", [nameOf(place), few, place.shares].filter(Boolean).join(" · "));
  write(sharesOf(row), place.shares);
  write(row.querySelector(".posts"), place.label);
  write(row.querySelector(".change"), changeInWords(place.change));
  write(row.querySelector(".more"), wordsOf(place) || sinceInWords(place.since));
  fillBar(row.querySelector(".bar"), place.parts, (100 * place.value) / most);
}

/** Where a row has its shares in words. A row of the first paint without shares has no such element. */
function sharesOf(row) {
  const known = row.querySelector(".shares");
  if (known) return known;
  const added = Object.assign(document.createElement("span"), { className: "shares unseen" });
  row.querySelector(".posts").after(" ", added);
  return added;
}

/** Divides a bar that is `length` percent long into its parts; without any it is one. */
function fillBar(bar, parts, length) {
  const known = parts.length > 0 ? parts : [{ look: 0, share: 1, isAway: false }];
  while (bar.childElementCount > known.length) bar.lastElementChild.remove();
  while (bar.childElementCount < known.length) bar.append(document.createElementNS(SVG, "rect"));
  let start = 0;
  known.forEach(({ look, share, isAway }, index) => {
    const part = bar.children[index];
    set(part, "class", `look-${look}${isAway ? " away" : ""}`);
    set(part, "x", percent(start));
    set(part, "width", percent(length * share));
    set(part, "height", "100%");
    start += length * share;
  });
}

function percent(number) {
  return `${Number(number.toFixed(2))}%`;
}

// Several times a second most of a row is as it was: writing it again would cost a layout.

function write(element, value) {
  const text = String(value);
  if (element.textContent !== text) element.textContent = text;
}

function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
