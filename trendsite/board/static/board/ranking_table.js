// The table: the same ranking as text and links, for every reader, device and keyboard.

import { wordsOf } from "./rank_changes.js";

const number = new Intl.NumberFormat("en");

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
    const rows = ranking.top.map((place) => before.get(place.key) ?? this.#newRow(place));
    const kept = new Set(rows);
    for (const row of before.values()) if (!kept.has(row)) row.remove();
    if (rows.some((row, index) => body.rows[index] !== row)) order(body, rows, kept.has(focused) ? focused : null);
    if (position >= 0 && !kept.has(focused)) body.rows[position]?.querySelector("a").focus();
    rows.forEach((row, index) => fill(row, ranking.top[index], ranking.top[0].posts));
  }

  #newRow({ key, hashtag }) {
    const row = this.#blank.content.firstElementChild.cloneNode(true);
    row.dataset.key = key;
    row.querySelector("a").href = `/hashtags/${encodeURIComponent(key)}/`;
    return row;
  }
}

function order(body, rows, pivot) {
  const middle = rows.indexOf(pivot);
  rows.forEach((row, index) => row === pivot || body.insertBefore(row, index < middle ? pivot : null));
}

function fill(row, place, most) {
  write(row.querySelector(".rank"), place.rank);
  write(row.querySelector("bdi"), `#${place.hashtag}`);
  row.querySelector("a").title = `#${place.hashtag}`;
  write(row.querySelector(".posts"), number.format(place.posts));
  write(row.querySelector(".change"), wordsOf(place.change));
  row.querySelector("rect").setAttribute("width", `${Math.round((100 * place.posts) / most)}%`);
}

function write(element, value) {
  const text = String(value);
  if (element.textContent !== text) element.textContent = text;
}
