// The board on the whole screen, for a wall: a button, and the key f.

/** Wires the button; it stays hidden where the browser has no full screen. */
export function offerFullScreen(button) {
  const words = button.querySelector("span");
  if (!document.fullscreenEnabled) return;
  button.hidden = false;
  button.addEventListener("click", toggle);
  document.addEventListener("keydown", (event) => isShortcut(event) && toggle());
  document.addEventListener("fullscreenchange", () => {
    words.textContent = document.fullscreenElement ? "Leave full screen" : "Full screen";
  });
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
