// The board on the whole screen, for a wall: a button, and the key f. Then it also shows the date and the time.

import { dateFormat, gettext } from "../site/translation.js";

const TICK_MS = 1_000;

const now = dateFormat({ weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

/** Wires the button; it stays hidden where the browser has no full screen. `clock` is the element for the time. */
export function offerFullScreen(button, clock) {
  const words = button.querySelector("span");
  if (!document.fullscreenEnabled) return;
  button.hidden = false;
  let ticking = 0;
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => isShortcut(event) && toggle());
  document.addEventListener("fullscreenchange", () => {
    const isFull = Boolean(document.fullscreenElement);
    words.textContent = isFull ? gettext("Leave full screen") : gettext("Full screen");
    clearInterval(ticking);
    if (isFull) ticking = setInterval(() => show(clock), TICK_MS);
    if (isFull) show(clock);
  });
}

function show(clock) {
  const text = now.format(new Date());
  if (clock.textContent !== text) clock.textContent = text;
}

function isShortcut(event) {
  const typing = event.target.closest("input, select, textarea");
  return event.key === "f" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
}

async function toggle() {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch (error) {
    console.info("The browser keeps its window:", error.message);
  }
}
