// The board: wires the pickers and switches, the addresses and the full screen to what is live.

import { keepInAddresses, rememberChoice } from "./choice.js";
import { showChoice } from "./facts.js";
import { offerFullScreen } from "./full_screen.js";
import { LanguagePicker } from "./language_picker.js";
import { Live } from "./live.js";
import { offerToKeep } from "./own_board.js";
import { followInPlace } from "./switch.js";

const firstPaint = JSON.parse(document.getElementById("first-paint").textContent);
let choice = firstPaint.choice;

function choose(change) {
  choice = { ...choice, ...change };
  keepInAddresses(choice);
  rememberChoice(choice);
  offerToKeep(choice);
  showChoice(firstPaint.words[choice.window], picker.names);
  live.choose(choice);
}

const picker = new LanguagePicker(document.getElementById("picker"), () => choose({ languages: picker.codes }));
followInPlace(document.getElementById("windows"), "window", (window) => choose({ window }));
followInPlace(document.getElementById("tops"), "top", (top) => choose({ top: Number(top) }));
followInPlace(document.getElementById("orders"), "by", (by) => choose({ by }));
offerFullScreen(document.getElementById("full-screen"));

const live = new Live(firstPaint);
keepInAddresses(choice);
