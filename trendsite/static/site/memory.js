// What this browser remembers of its reader's choices. One that keeps nothing remembers nothing, and all else works.

/** Remembers a text, or forgets it when it is null. */
export function remember(name, text) {
  try {
    if (text === null) localStorage.removeItem(`trendsite.${name}`);
    else localStorage.setItem(`trendsite.${name}`, text);
  } catch {
    // Nothing is remembered.
  }
}

/** The remembered text, null without one. */
export function recall(name) {
  try {
    return localStorage.getItem(`trendsite.${name}`);
  } catch {
    return null;
  }
}
