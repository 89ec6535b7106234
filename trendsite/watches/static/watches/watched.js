// Puts the present ranks of the reader's hashtags in place, once a minute while the page is visible.

import { ROOT } from "../site/addresses.js";

const PAUSE_MS = 60_000;

async function refresh() {
  const list = document.querySelector("#watched ul");
  if (document.hidden || !list) return;
  const answer = await fetch(new URL("alerts/watched/", ROOT), { redirect: "error" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const newer = page.querySelector("#watched ul");
  if (newer && !list.contains(document.activeElement)) list.replaceWith(newer);
}

setInterval(() => refresh().catch(() => {}), PAUSE_MS);
