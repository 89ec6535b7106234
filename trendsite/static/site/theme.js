// Light or dark: as the system has it, until the switch says otherwise. `theme_first.js` restores what was chosen.

import { remember } from "./memory.js";

const root = document.documentElement;
const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");
const themes = new EventTarget();

/** Whether the page is dark now. */
export function isDark() {
  return ["light", "dark"].includes(root.dataset.theme) ? root.dataset.theme === "dark" : systemIsDark.matches;
}

/** Calls `changed` whenever the page becomes dark or light. */
export function onTheme(changed) {
  themes.addEventListener("change", changed);
}

function tell() {
  themes.dispatchEvent(new Event("change"));
}

/** Follows `chosen`, "light" or "dark"; the system for anything else. */
function choose(chosen) {
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  else delete root.dataset.theme;
  remember("theme", root.dataset.theme ?? null);
  colourBrowserFrame();
}

/** Phones colour the frame around the page; each of the two colours applies in its theme. */
function colourBrowserFrame() {
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    meta.dataset.theme ??= meta.media.includes("dark") ? "dark" : "light";
    const system = `(prefers-color-scheme: ${meta.dataset.theme})`;
    meta.media = root.dataset.theme ? (root.dataset.theme === meta.dataset.theme ? "all" : "not all") : system;
  }
}

const choices = document.getElementById("theme");
if (choices) {
  choices.closest(".theme").hidden = false;
  choices.value = root.dataset.theme ?? "system";
  choices.addEventListener("change", () => choose(choices.value));
  colourBrowserFrame();
}
systemIsDark.addEventListener("change", tell);
// The admin's pages have a switch of their own, which sets the same attribute.
new MutationObserver(tell).observe(root, { attributeFilter: ["data-theme"] });
