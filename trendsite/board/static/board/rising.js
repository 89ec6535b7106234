// What the window "rising" tells of a hashtag: why it is rising, and what rose lately and fades.

import { hashtagAddress } from "../site/addresses.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const separator = { first: " with ", next: ", " };

/** The name of a place: its hashtag, and those that always occur with it; each has its own direction. */
export function nameOf({ hashtag, together = [] }) {
  if (together.length === 0) return `#${hashtag}`;
  const names = [hashtag, ...together.map((one) => one.hashtag)].map((name) => `\u2068#${name}\u2069`);
  return `${names[0]}${separator.first}${names.slice(1).join(separator.next)}`;
}

/** Writes into `element` the hashtags that always occur with a place, unless they are there already. */
export function showCompanions(element, { together = [] }) {
  const parts = together.flatMap(({ hashtag }, index) => {
    const name = document.createElement("bdi");
    name.textContent = `#${hashtag}`;
    return [index === 0 ? separator.first : separator.next, name];
  });
  if (element.textContent !== parts.map((part) => part.textContent ?? part).join("")) element.replaceChildren(...parts);
}

/** Fills `cell` with the reasons of a place, in a copy of `blank` if need be; a place that has none leaves it empty. */
export function explain(cell, blank, { why, posts, authors, together = [] }) {
  if (!why) {
    cell.replaceChildren();
    return;
  }
  if (!cell.querySelector("details")) cell.replaceChildren(blank.cloneNode(true));
  const texts = {
    words: why.words,
    details: why.details,
    score: tenths.format(why.score),
    language: why.language,
    network: why.network.charAt(0).toUpperCase() + why.network.slice(1),
    now: `${whole.format(posts)} posts${authors === null ? "" : `, ${whole.format(authors)} people`}`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const element = cell.querySelector(`.${name}`);
    if (element.textContent !== text) element.textContent = text;
  }
  cell.querySelector(".on").hidden = !why.network;
  linkCompanions(cell.querySelector(".companions"), together);
}

function linkCompanions(row, together) {
  row.hidden = together.length === 0;
  const list = row.querySelector("dd");
  if (list.dataset.keys === JSON.stringify(together)) return;
  list.dataset.keys = JSON.stringify(together);
  const links = together.map(({ key, hashtag }) => {
    const [link, name] = [document.createElement("a"), document.createElement("bdi")];
    link.href = hashtagAddress(key);
    name.textContent = `#${hashtag}`;
    link.append(name);
    return [link, " "];
  });
  list.replaceChildren(...links.flat());
}

/** Closes what is open in `section` on Escape, and on a click elsewhere. */
export function closeWhenLeft(section) {
  const close = (except) => {
    for (const open of section.querySelectorAll("details[open]")) if (open !== except) open.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest("details")));
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
}

/** Shows the fading places of a ranking in `section`, which is hidden while there are none. */
export function showFading(section, { fading = [] }) {
  const blank = section.querySelector("template").content.firstElementChild;
  const rows = fading.map((place) => rowOf(blank, place));
  const list = section.querySelector("ul");
  // The list is written again only when it changes: a link keeps the focus.
  if (rows.map((row) => row.outerHTML).join() !== list.dataset.shown) list.replaceChildren(...rows);
  list.dataset.shown = rows.map((row) => row.outerHTML).join();
  section.hidden = fading.length === 0;
}

function rowOf(blank, { key, hashtag, posts, why, together }) {
  const row = blank.cloneNode(true);
  row.querySelector("a").href = hashtagAddress(key);
  const texts = {
    bdi: `#${hashtag}`,
    ".words": why.words,
    ".details": why.details,
    ".now": whole.format(posts),
  };
  for (const [selector, text] of Object.entries(texts)) row.querySelector(selector).textContent = text;
  showCompanions(row.querySelector(".with"), { together });
  return row;
}
