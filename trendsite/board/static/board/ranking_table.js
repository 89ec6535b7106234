// The table: the same ranking as text, for every reader and every device.

import { colourOf } from "./colour.js";

const number = new Intl.NumberFormat("en");

/** Fills the rows of `body` with a ranking, reusing those that are there. */
export function showInTable(body, ranking) {
  while (body.rows.length > ranking.top.length) body.deleteRow(-1);
  while (body.rows.length < ranking.top.length) addRow(body);
  ranking.top.forEach((place, index) => {
    const [rank, hashtag, posts] = body.rows[index].cells;
    rank.textContent = place.rank;
    hashtag.firstElementChild.textContent = `#${place.hashtag}`;
    hashtag.title = `#${place.hashtag}`;
    posts.textContent = number.format(place.posts);
    body.rows[index].style.setProperty("--own-colour", colourOf(place.key));
  });
}

function addRow(body) {
  const row = body.insertRow();
  row.insertCell();
  const hashtag = document.createElement("th");
  hashtag.scope = "row";
  hashtag.append(document.createElement("bdi"));
  row.append(hashtag);
  row.insertCell();
}
