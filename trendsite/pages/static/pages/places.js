// The table of a day's ranking at a moment: the bars as text with links.

import { colourOf } from "../board/colour.js";
import { sharesInWords } from "../board/shares.js";
import { hashtagAddress } from "../site/addresses.js";

const number = new Intl.NumberFormat("en");

/** Fills the rows of `body`, reusing existing rows. Links lead to the hashtag's page with `query`; `networks` are added up. */
export function showPlaces(body, places, query, networks) {
  while (body.rows.length > places.length) body.deleteRow(-1);
  while (body.rows.length < places.length) addRow(body);
  places.forEach((place, index) => {
    const [rank, hashtag, posts] = body.rows[index].cells;
    const link = hashtag.firstElementChild;
    rank.textContent = place.rank;
    link.href = `${hashtagAddress(place.key)}?${query}`;
    link.firstElementChild.textContent = `#${place.hashtag}`;
    link.style.setProperty("--own-colour", colourOf(place.key));
    hashtag.lastElementChild.textContent = sharesInWords(place, networks);
    posts.textContent = number.format(place.posts);
  });
}

function addRow(body) {
  const row = body.insertRow();
  row.insertCell();
  const hashtag = document.createElement("th");
  hashtag.scope = "row";
  const link = document.createElement("a");
  link.className = "hashtag";
  link.append(document.createElement("bdi"));
  const shares = document.createElement("small");
  shares.className = "of-networks";
  hashtag.append(link, shares);
  row.append(hashtag);
  row.insertCell();
}
