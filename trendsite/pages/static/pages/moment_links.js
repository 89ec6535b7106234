// The moment in the page's address and in the links that carry it on.

// Browsers refuse more frequent changes of the address.
const PAUSE_MS = 400;

let timer = 0;
let latest = "";

/** Puts a moment, "14:35" or "" for the end of the day, into the address and the links, at most every 0.4 s. */
export function keepMoment(at) {
  latest = at;
  timer ||= setTimeout(put, PAUSE_MS);
}

function put() {
  timer = 0;
  history.replaceState(null, "", withMoment(location.href));
  for (const link of document.querySelectorAll("a[data-keeps-moment]")) link.href = withMoment(link.href);
}

function withMoment(href) {
  const address = new URL(href);
  if (latest) address.searchParams.set("at", latest);
  else address.searchParams.delete("at");
  // A colon needs no encoding and is easier to read.
  return address.href.replaceAll("%3A", ":");
}
