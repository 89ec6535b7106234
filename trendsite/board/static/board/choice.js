// What is chosen, `{ languages, window, top, by, networks }`: in the page's address, in every link that leads to it, remembered by
// the browser, and offered to be kept on the server.
// `trendsite/board/links.py` writes the same addresses into the first paint.

import { remember } from "../site/memory.js";
import { ROOT } from "../site/addresses.js";

const ALL = "*";
const WINDOW = "day";
const RISING = "rising";
const TOP = 10;
const BY = "posts";

/** The order of a choice: what is rising has one of its own, and who looks at it keeps the one for the other windows. */
function orderOf({ window, by }) {
  return window === RISING ? BY : by;
}

/** The query string of a choice, with its question mark. The window is always in it. */
export function queryOf({ languages, window, top, by, networks = [] }, topParameter = "top") {
  const parts = [`window=${window}`];
  if (!languages.includes(ALL)) parts.unshift(`languages=${languages.join(",")}`);
  if (networks.length > 0) parts.push(`networks=${networks.join(",")}`);
  if (top !== TOP) parts.push(`${topParameter}=${top}`);
  if (orderOf({ window, by }) !== BY) parts.push(`by=${by}`);
  return `?${parts.join("&")}`;
}

/** Where the feed of a choice is. */
function feedOf({ languages, window, networks }) {
  const chosen = networks.length > 0 ? `?networks=${networks.join(",")}` : "";
  return `${ROOT}feeds/${languages.includes(ALL) ? "all" : languages.join(",")}/${window}.rss${chosen}`;
}

/** Whether a ranking is of this choice: one that was on its way when another choice was made is not. */
export function isOf(ranking, choice) {
  // A note says that it is by posts although another order was asked for.
  const asked = ranking.note ? "authors" : (ranking.by ?? BY);
  const isOrdered = asked === orderOf(choice) && ranking.window === choice.window;
  const isOfNetworks = (ranking.networks ?? []).join() === [...choice.networks].sort().join();
  return isOrdered && isOfNetworks && [...ranking.languages].sort().join() === [...choice.languages].sort().join();
}

/** Keeps a choice in the page's address and in every link that leads to it or to what differs by one thing. */
export function keepInAddresses(choice) {
  history.replaceState(null, "", queryOf(choice));
  for (const link of document.querySelectorAll("a[data-window]")) {
    link.search = queryOf({ ...choice, window: link.dataset.window });
    mark(link, link.dataset.window === choice.window);
  }
  for (const link of document.querySelectorAll("a[data-top]")) {
    link.search = queryOf({ ...choice, top: Number(link.dataset.top) });
    mark(link, Number(link.dataset.top) === choice.top);
  }
  for (const link of document.querySelectorAll("a[data-by]")) {
    link.search = queryOf({ ...choice, by: link.dataset.by });
    mark(link, link.dataset.by === choice.by);
  }
  document.getElementById("orders").hidden = choice.window === RISING;
  document.getElementById("api").search = queryOf(choice, "limit");
  for (const feed of document.querySelectorAll("#feed, link[type='application/rss+xml']")) feed.href = feedOf(choice);
  const embedding = document.getElementById("embedding");
  embedding.value = embedding.value.replace(/embed\/[^"]*/, `embed/${queryOf(choice)}`);
}

function mark(link, isChosen) {
  if (isChosen) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}

/** Remembers a choice for the next visit. */
export function rememberChoice(choice) {
  const query = queryOf(choice);
  remember("choice", query === queryOf({ languages: [ALL], window: WINDOW, top: TOP, by: BY }) ? null : query);
}

/** Lets the button keep a choice as its reader's own board; where that is kept already, it offers to forget it. Strangers have none. */
export function offerToKeep(choice) {
  const form = document.getElementById("own-board");
  if (!form) return;
  const [keep, forget] = form.querySelectorAll("button");
  form.elements.query.value = queryOf(choice);
  forget.hidden = queryOf(choice) !== form.dataset.own;
  keep.hidden = !forget.hidden;
}
