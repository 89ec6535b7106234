// The board in a frame: what it shows is in its address, and nothing is chosen here.

import { Live } from "./live.js";

new Live(JSON.parse(document.getElementById("first-paint").textContent));
