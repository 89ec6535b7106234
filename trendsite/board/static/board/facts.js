// What the page says about its own data, in the words the site sends. A page shows the facts it has elements for.

import { ROOT } from "../site/addresses.js";
import { dateFormat, formatNumber, formatPercent, gettext, translated } from "../site/translation.js";
import { comparedInWords } from "./rising.js";
import { ageInWords } from "./staleness.js";

const day = dateFormat({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const date = dateFormat({ day: "numeric", month: "long", year: "numeric" });

function write(id, text) {
  const element = document.getElementById(id);
  if (element && element.textContent !== text) element.textContent = text;
}

function hide(id, isHidden) {
  const element = document.getElementById(id);
  if (element) element.hidden = isHidden;
}

function counted(value, format = formatNumber) {
  return value === null ? "–" : format(value);
}

/** Shows which languages are chosen. */
export function showLanguages(names) {
  write("languages", names);
  write("chosen", names);
}

/** Shows a window's labels: `labels` has those of each window of this source, `label` marks a source that is not live. */
export function showWindow(labels, window, { day: ofDay, label }) {
  const headline = withDay(labels[window].headline, ofDay);
  const title = `${headline} · Trendsite${label ? ` (${translated(label).toLowerCase()})` : ""}`;
  if (document.title !== title) document.title = title;
  write("headline", headline);
  write("posts-label", labels[window].posts);
  for (const link of document.querySelectorAll("a[data-window]")) {
    const name = labels[link.dataset.window].link;
    if (link.textContent !== name) link.textContent = name;
  }
}

/** Puts a day such as "2021-12-30" into a text such as "on {day}". Without a day it removes that part. */
function withDay(text, ofDay) {
  return ofDay ? text.replace("{day}", date.format(new Date(`${ofDay}T00:00:00Z`))) : text.replace(" on {day}", "");
}

/** Shows a ranking's day, measure and total (unknown until something is counted), and either the race or what is awaited. */
export function showRankingFacts(ranking, measureLabels, { isCounted }) {
  write("measured", measureLabels.measured);
  write("bar", measureLabels.bar);
  write("column", measureLabels.column);
  write("note", ranking.note ? translated(ranking.note) : "");
  hide("note", !ranking.note || ranking.window === "rising");
  write("day", day.format(new Date(`${ranking.day}T00:00:00Z`)).replace(",", ""));
  hide("dated", false);
  write("posts", counted(isCounted ? ranking.posts : null));
  leadToReplay(ranking.day);
  write("compared", ranking.compared ? comparedInWords(ranking.compared) : "");
  hide("compared", !ranking.compared || ranking.top.length === 0);
  hide("waiting", ranking.top.length > 0);
  hide("rankings", ranking.top.length === 0);
}

/** Shows why there is no hashtag: the reason in the status, the ranking's own, or the window's label. */
export function showWaiting(status, ranking, labels) {
  const none = ranking?.note && labels.early ? labels.early : labels.none;
  write("waiting-title", status.missing ? gettext("Not here") : status.waiting_for ? gettext("Waiting for posts") : none);
  write("waiting-detail", status.missing || translated(status.waiting_for) || (ranking?.compared && comparedInWords(ranking.compared)) || labels.nothing);
}

/** Shows that chosen networks do not run here, with a link to all of them; empty words hide it. */
export function showMissing(words, query) {
  const element = document.getElementById("missing");
  element.hidden = !words;
  if (!words || element.textContent.includes(words)) return;
  const link = Object.assign(document.createElement("a"), { href: query, textContent: gettext("Show all networks") });
  element.replaceChildren(`${words} `, link);
}

/** Shows source, rates and dropped posts. */
export function showStatus(status) {
  write("source", translated(status.source));
  write("kind", translated(status.label));
  hide("kind", !status.label);
  hide("try", status.kind !== "simulated");
  write("rate", counted(status.posts_per_second));
  write("tagged", counted(status.tagged_per_second));
  write("share", counted(status.tagged_share, formatPercent));
  write("dropped", counted(status.dropped));
  write("late", counted(status.late));
  hide("of-all", !status.posts_per_second);
  hide("of-those", !status.late);
  showReasons(status.dropped_by);
}

function leadToReplay(day) {
  const link = document.querySelector("#replay a");
  if (!link) return;
  link.href = `${ROOT}days/${day}/`;
  hide("replay", false);
}

function showReasons(droppedBy) {
  const list = document.getElementById("reasons");
  if (!list) return;
  const lines = Object.entries(droppedBy).map(([reason, posts]) => `${formatNumber(posts)} ${translated(reason)}`);
  const wanted = lines.length > 0 ? lines : [gettext("None so far")];
  if (wanted.join() === [...list.children].map((item) => item.textContent).join()) return;
  list.replaceChildren(...wanted.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}

/** Shows how long a post takes to the screen, and why what is shown is stale; `delay` is null where it means nothing. */
export function showStaleness(delay, reason) {
  write("delay", delay === null || delay < -2_000 ? "–" : ageInWords(delay));
  write("notice", reason);
  hide("notice", !reason || document.getElementById("rankings").hidden);
}
