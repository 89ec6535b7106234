// A row of links of which one is chosen: followed in place, so that the race goes on. Without scripts they lead there.

/** Calls `onValue(value)` when another link of `switcher` is chosen; `name` is the data attribute that holds its value. */
export function followInPlace(switcher, name, onValue) {
  switcher.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onValue(link.dataset[name]);
  });
}
