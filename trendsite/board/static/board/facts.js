// What the page says about its own data, in the words the site sends. A page shows the facts it has elements for.

import { ageInWords } from "./staleness.js";

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const KINDS = { simulated: "Simulated", replay: "Replay" };

function write(id, text) {
  const element = document.getElementById(id);
  if (element && element.textContent !== text) element.textContent = text;
}

function hide(id, isHidden) {
  const element = document.getElementById(id);
  if (element) element.hidden = isHidden;
}

function counted(value, format = number) {
  return value === null ? "–" : format.format(value);
}

/** Shows what is chosen: `words` are the site's for the window. */
export function showChoice(words, languages) {
  document.title = `${words.headline} · Trendsite`;
  write("headline", words.headline);
  write("posts-label", words.posts);
  write("languages", languages);
  write("chosen", languages);
}

/** Shows a ranking's day and total, what its numbers are, and the race or the wait for it. */
export function showRankingFacts(ranking, measureWords) {
  write("measured", measureWords.measured);
  write("bar", measureWords.bar);
  write("column", measureWords.column);
  write("note", ranking.note ?? "");
  hide("note", !ranking.note);
  write("day", day.format(new Date(`${ranking.day}T00:00:00Z`)).replace(",", ""));
  write("posts", number.format(ranking.posts));
  leadToReplay(ranking.day);
  write("compared", ranking.compared?.words ?? "");
  hide("compared", !ranking.compared);
  hide("waiting", ranking.top.length > 0);
  hide("rankings", ranking.top.length === 0);
}

/** Shows source, rates and dropped posts; and why there is no ranking: what is waited for, or the window's own words. */
export function showStatus(status, words) {
  write("source", status.source);
  write("kind", KINDS[status.kind] ?? "");
  hide("kind", !(status.kind in KINDS));
  write("rate", counted(status.posts_per_second));
  write("tagged", counted(status.tagged_per_second));
  write("share", counted(status.tagged_share, percent));
  write("dropped", counted(status.dropped));
  write("late", counted(status.late));
  showReasons(status.dropped_by);
  write("waiting-title", status.waiting_for ? "Waiting for posts" : words.none);
  write("waiting-detail", status.waiting_for || words.nothing);
}

function leadToReplay(day) {
  const link = document.querySelector("#replay a");
  if (!link) return;
  link.href = `/days/${day}/`;
  hide("replay", false);
}

function showReasons(droppedBy) {
  const list = document.getElementById("reasons");
  if (!list) return;
  const lines = Object.entries(droppedBy).map(([reason, posts]) => `${number.format(posts)} ${reason}`);
  const wanted = lines.length > 0 ? lines : ["None so far"];
  if (wanted.join() === [...list.children].map((item) => item.textContent).join()) return;
  list.replaceChildren(...wanted.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

/** Shows how long a post takes to the screen, and why what is shown is stale; `delay` is null where it means nothing. */
export function showStaleness(delay, reason) {
  write("delay", delay === null || delay < -2_000 ? "–" : ageInWords(delay));
  write("notice", reason);
  hide("notice", !reason || document.getElementById("rankings").hidden);
}
