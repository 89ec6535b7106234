// What the page says about its own data, in the words the site sends.

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

function counted(value) {
  return value === null ? "–" : number.format(value);
}

function element(id) {
  return document.getElementById(id);
}

/** Shows a ranking's day and total, and the chart and table or the wait for them. */
export function showRankingFacts(ranking) {
  element("day").textContent = day.format(new Date(`${ranking.day}T00:00:00Z`)).replace(",", "");
  element("posts").textContent = number.format(ranking.posts);
  element("waiting").hidden = ranking.top.length > 0;
  element("rankings").hidden = ranking.top.length === 0;
}

/** Shows rate, source, dropped posts, and what is missing when something is. */
export function showStatus(status) {
  element("rate").textContent = counted(status.posts_per_second);
  element("source").textContent = status.source;
  element("dropped").textContent = counted(status.dropped);
  element("dropped").title = Object.entries(status.dropped_by).map(([reason, posts]) => `${reason}: ${posts}`).join("\n");
  element("notice").textContent = status.waiting_for;
  element("notice").hidden = !status.waiting_for || element("rankings").hidden;
  element("waiting-detail").textContent = status.waiting_for || element("waiting-detail").dataset.nothing;
}
