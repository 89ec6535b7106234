// Runs before the first paint: an address without a choice shows what this browser's reader chose last.

(() => {
  try {
    const query = localStorage.getItem("trendsite.choice");
    if (!location.search && query?.startsWith("?")) location.replace(location.pathname + query + location.hash);
  } catch {
    // A browser that keeps nothing shows what everybody sees first.
  }
})();
