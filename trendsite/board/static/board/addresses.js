// What is chosen, languages and window, in the page's address and in every link that leads to the same choice.

const ALL = "*";
const DAY = "day";

/** The query string of a choice, with its question mark; nothing for what is shown anyway. */
export function queryOf({ languages, window }) {
  const parts = [];
  if (!languages.includes(ALL)) parts.push(`languages=${languages.join(",")}`);
  if (window !== DAY) parts.push(`window=${window}`);
  return parts.length > 0 ? `?${parts.join("&")}` : "";
}

/** Keeps a choice in the page's address, and its languages in the links to each window. */
export function keepInAddresses(choice) {
  history.replaceState(null, "", queryOf(choice) || location.pathname);
  for (const link of document.querySelectorAll("a[data-window]")) {
    link.search = queryOf({ ...choice, window: link.dataset.window });
  }
}
