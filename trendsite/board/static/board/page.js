// The board: wires the pickers and switches, the addresses and the full screen to what is live.

import { keepInAddresses, offerToKeep, rememberChoice } from "./choice.js";
import { showLanguages } from "./facts.js";
import { offerFullScreen } from "./full_screen.js";
import { LanguagePicker } from "./language_picker.js";
import { Live } from "./live.js";
import { NetworkPicker } from "./network_picker.js";

const firstPaint = JSON.parse(document.getElementById("first-paint").textContent);
let choice = firstPaint.choice;

function choose(change) {
  choice = { ...choice, ...change };
  keepInAddresses(choice);
  rememberChoice(choice);
  offerToKeep(choice);
  showLanguages(picker.names);
  live.choose(choice);
}

/**
 * Calls `onValue(value)` when another link of `switcher`, a row of links of which one is chosen, is followed, so that the
 * race goes on. `name` is the data attribute that holds its value. Without scripts the links lead there.
 */
function followInPlace(switcher, name, onValue) {
  switcher.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onValue(link.dataset[name]);
  });
}

const picker = new LanguagePicker(document.getElementById("picker"), choice.languages, () => choose({ languages: picker.codes }));
followInPlace(document.getElementById("windows"), "window", (window) => choose({ window }));
followInPlace(document.getElementById("tops"), "top", (top) => choose({ top: Number(top) }));
document.getElementById("missing").addEventListener("click", (event) => {
  if (!event.target.closest("a")) return;
  event.preventDefault();
  choose({ networks: [] });
});
followInPlace(document.getElementById("orders"), "by", (by) => choose({ by }));
offerFullScreen(document.getElementById("full-screen"), document.getElementById("wall-time"));

const networkPicker = new NetworkPicker(document.getElementById("network-picker"), (networks) => choose({ networks }));
const live = new Live(firstPaint, networkPicker);
keepInAddresses(choice);
