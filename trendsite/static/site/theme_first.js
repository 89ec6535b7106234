// Runs before the first paint, so that a page never flashes in the theme that its reader did not choose.

(() => {
  try {
    const chosen = localStorage.getItem("trendsite.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // A browser that keeps nothing follows the system.
  }
})();
