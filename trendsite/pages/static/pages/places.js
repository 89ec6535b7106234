// The table of a day's ranking at a moment: the bars as text with links, and what the whole day says of each hashtag.

import { colourOf } from "../board/colour.js";
import { sharesInWords } from "../board/shares.js";
import { hashtagAddress } from "../site/addresses.js";
import { formatNumber } from "../site/translation.js";

/** The rows of the page: those that are shown, and those in reserve for other moments. */
export class Places {
  #body;
  #query;
  #networks;
  #rows = new Map();
  #empty;

  /** `reserve` is the template with the other rows. Links lead to a hashtag's page with `query`; `networks` are added up. */
  constructor(body, reserve, query, networks) {
    this.#body = body;
    this.#query = query;
    this.#networks = networks;
    for (const row of [...reserve.content.querySelectorAll("tr"), ...body.rows]) this.#rows.set(row.dataset.key, row);
    this.#empty = this.#rows.get("");
  }

  /** Shows these places, and no others. */
  show(places) {
    this.#body.replaceChildren(...places.map((place) => this.#rowOf(place)));
  }

  #rowOf(place) {
    const row = this.#rows.get(place.key) ?? this.#added(place);
    row.querySelector(".hashtag").style.setProperty("--own-colour", colourOf(place.key));
    row.querySelector(".rank").textContent = place.rank;
    row.querySelector(".posts").textContent = formatNumber(place.posts);
    row.querySelector(".of-networks").textContent = sharesInWords(place, this.#networks);
    return row;
  }

  /** Adds a row for a hashtag of which the page says nothing else. */
  #added(place) {
    const row = this.#empty.cloneNode(true);
    row.dataset.key = place.key;
    const link = row.querySelector(".hashtag");
    link.dataset.key = place.key;
    link.href = `${hashtagAddress(place.key)}?${this.#query}`;
    link.firstElementChild.textContent = `#${place.hashtag}`;
    this.#rows.set(place.key, row);
    return row;
  }
}
