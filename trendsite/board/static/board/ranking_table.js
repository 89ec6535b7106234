// The table: the same ranking as text and links, for every reader, device and keyboard.

import { hashtagAddress } from "../site/hashtag_address.js";
import { wordsOf } from "./rank_changes.js";
import { explain } from "./why.js";

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export class RankingTable {
  #body;
  #blank;
  #reasons;

  /** Fills `body` with copies of the row in the template `blank`. */
  constructor(body, blank) {
    this.#body = body;
    this.#blank = blank;
    this.#reasons = blank.content.querySelector("details");
  }

  /** Shows a ranking. A hashtag keeps its row, and the row with the focus stays where it is while others move around it. */
  show(ranking) {
    const body = this.#body;
    const focused = document.activeElement?.closest("tr");
    const position = [...body.rows].indexOf(focused);
    const before = new Map([...body.rows].map((row) => [row.dataset.key, row]));
    const rows = ranking.top.map((place) => before.get(place.key) ?? this.#newRow(place));
    const kept = new Set(rows);
    for (const row of before.values()) if (!kept.has(row)) row.remove();
    if (rows.some((row, index) => body.rows[index] !== row)) order(body, rows, kept.has(focused) ? focused : null);
    if (position >= 0 && !kept.has(focused)) body.rows[position]?.querySelector("a").focus();
    rows.forEach((row, index) => {
      fill(row, ranking.top[index], ranking.top[0].amount);
      explain(row.querySelector(".why"), this.#reasons, ranking.top[index]);
    });
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
  write(row.querySelector(".few"), place.few_authors ? " few authors" : "");
  set(row.querySelector("a"), "title", `#${place.hashtag}${place.few_authors ? " · few authors" : ""}`);
  write(row.querySelector(".posts"), number.format(place.amount));
  write(row.querySelector(".change"), wordsOf(place.change));
  set(row.querySelector("rect"), "width", `${Math.round((100 * place.amount) / most)}%`);
}

// Several times a second most of a row is as it was: writing it again would cost a layout.

function write(element, value) {
  const text = String(value);
  if (element.textContent !== text) element.textContent = text;
}

function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
