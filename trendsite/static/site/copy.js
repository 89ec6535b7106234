// Buttons that copy a text: that of the element which `data-copy` names, or with `data-copy-address` the page's address.

import { gettext } from "./translation.js";

const SHOWN_MS = 2_000;

/** Pages without https have no clipboard; there a selection can still be copied. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

function textOf(button) {
  if (button.dataset.copyAddress !== undefined) return location.href;
  const element = document.getElementById(button.dataset.copy);
  return element.value ?? element.textContent;
}

for (const button of document.querySelectorAll("[data-copy], [data-copy-address]")) {
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await copy(textOf(button));
    button.textContent = gettext("Copied");
    setTimeout(() => {
      button.textContent = label;
    }, SHOWN_MS);
  });
}
