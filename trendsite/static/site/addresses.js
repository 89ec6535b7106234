// Addresses of the site, whatever stands before them or in them.

/** Where the site begins: "/", or the path under which a proxy serves it. Scripts lie two folders below it. */
export const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * The address of a key's page; `trendsite/queries/hashtag_address.py` says the same. A # does not count: before "." and
 * "..", it keeps them from being taken away.
 */
export function hashtagAddress(key) {
  const kept = key === "." || key === ".." ? `#${key}` : key;
  return `${ROOT}hashtags/${encodeURIComponent(kept)}/`;
}
