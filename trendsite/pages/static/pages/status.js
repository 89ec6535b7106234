// Refreshes the page every 15 seconds while it is visible. Without scripts there is a link.

const EVERY_MS = 15_000;

const SHOWN = ".facts, .blocks, .headline .none";

async function refresh() {
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const newer = new DOMParser().parseFromString(await response.text(), "text/html");
  document.title = newer.title;
  const parts = document.querySelectorAll(SHOWN);
  newer.querySelectorAll(SHOWN).forEach((part, index) => parts[index].replaceWith(part));
  const summary = document.getElementById("summary");
  const newSummary = newer.getElementById("summary");
  // Screen readers announce only a changed summary.
  if (summary.textContent !== newSummary.textContent) {
    summary.className = newSummary.className;
    summary.textContent = newSummary.textContent;
  }
}

setInterval(async () => {
  // Do not replace the page under a focused link.
  if (document.hidden || document.activeElement?.closest("#status")) return;
  const problem = document.getElementById("not-refreshed");
  try {
    await refresh();
    problem.hidden = true;
  } catch {
    problem.hidden = false;
  }
}, EVERY_MS);
