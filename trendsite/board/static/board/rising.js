// What the window "rising" says of a hashtag: how unusual it is, what it is compared with, and what rose lately and fades.
// `trendsite/board/rising_words.py` has the same words for the first paint.

import { hashtagAddress } from "../site/addresses.js";
import { dateFormat, formatNumber, gettext, ngettext, numberFormat } from "../site/translation.js";
import { MOST_TIMES } from "./bar_values.js";

const WEEKLY_HABIT_DAYS = 14;

const tenths = numberFormat({ maximumFractionDigits: 1 });
const time = dateFormat({ hour: "2-digit", minute: "2-digit" });
const words = new WeakMap(); // of places: they are drawn in every frame

/** The name of a place: its hashtag, and those that come with it; each has its own direction. */
export function nameOf({ hashtag, together = [] }) {
  if (together.length === 0) return `#${hashtag}`;
  const names = [hashtag, ...together.map((one) => one.hashtag)].map((name) => `\u2068#${name}\u2069`);
  return names.join(" + ");
}

/** Writes into `element` the hashtags that come with a place, unless they are there already. */
export function showCompanions(element, { together = [] }) {
  const shown = JSON.stringify(together);
  if ((element.dataset.shown ?? "[]") === shown) return;
  element.dataset.shown = shown;
  element.replaceChildren(...together.flatMap(({ hashtag }) => [" + ", named(hashtag)]));
}

function named(hashtag) {
  return Object.assign(document.createElement("bdi"), { textContent: `#${hashtag}` });
}

/** How unusual a place is, in words; empty for a place of another window. */
export function wordsOf(place) {
  if (!place.why) return "";
  if (!words.has(place)) words.set(place, place.why.state === "fading" ? fadingWords(place) : risingWords(place));
  return words.get(place);
}

function risingWords({ why, posts }) {
  const times = timesOf(why);
  if (!times) return ngettext("New, {count} post in the last hour", "New, {count} posts in the last hour", posts);
  return ngettext("{times}× usual, {count} post in the last hour", "{times}× usual, {count} posts in the last hour", posts, { times });
}

function fadingWords({ why, posts }) {
  const values = { times: timesOf(why), time: time.format(new Date(why.peak_at)) };
  if (!values.times) return ngettext("new at {time}, {count} post in the last hour", "new at {time}, {count} posts in the last hour", posts, values);
  return ngettext("{times}× usual at {time}, {count} post in the last hour", "{times}× usual at {time}, {count} posts in the last hour", posts, values);
}

/** How many times as many as usual; empty if nothing is usual. */
function timesOf({ times }) {
  if (!times) return "";
  return times > MOST_TIMES ? `>${formatNumber(MOST_TIMES)}` : tenths.format(times);
}

/** What rising hashtags are compared with, in words. */
export function comparedInWords({ days, hours, works_from: worksFrom }) {
  if (worksFrom) return gettext("Rising works from {time} UTC on: it needs an hour of posts to compare with.", { time: time.format(new Date(worksFrom)) });
  if (!days && !hours) return gettext("Rising needs an hour of posts to compare with: these languages have none yet.");
  if (!days) return ngettext("Compared with the hour before: no earlier day is known yet.", "Compared with the {count} hours before: no earlier day is known yet.", hours);
  const compared = hours
    ? ngettext("Compared with the {hours} h before and the same time of {count} earlier day.", "Compared with the {hours} h before and the same time of {count} earlier days.", days, { hours: formatNumber(hours) })
    : ngettext("Compared with the same time of {count} earlier day.", "Compared with the same time of {count} earlier days.", days);
  return days < WEEKLY_HABIT_DAYS ? `${compared} ${gettext("Weekly habits are not known yet.")}` : compared;
}

/** Shows the fading places of a ranking in `section`, which is hidden while there are none. */
export function showFading(section, { fading = [] }) {
  const blank = section.querySelector("template").content.firstElementChild;
  const rows = fading.map((place) => rowOf(blank, place));
  const list = section.querySelector("ul");
  // The list is written again only when it changes: a link keeps the focus.
  const shown = rows.map((row) => row.outerHTML).join();
  if (shown !== list.dataset.shown) list.replaceChildren(...rows);
  list.dataset.shown = shown;
  section.hidden = fading.length === 0;
}

function rowOf(blank, place) {
  const row = blank.cloneNode(true);
  row.querySelector("a").href = hashtagAddress(place.key);
  row.querySelector("bdi").textContent = `#${place.hashtag}`;
  row.querySelector(".words").textContent = wordsOf(place);
  showCompanions(row.querySelector(".with"), place);
  return row;
}
