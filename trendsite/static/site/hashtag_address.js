// Where a hashtag's page is, whatever characters its key has. `trendsite/live/hashtag_address.py` says the same.

/** The address of a key's page. A # does not count: before "." and "..", it keeps them from being taken away. */
export function hashtagAddress(key) {
  const kept = key === "." || key === ".." ? `#${key}` : key;
  return `/hashtags/${encodeURIComponent(kept)}/`;
}
