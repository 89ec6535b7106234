// Makes the site an app that can be installed, and that says so when there is no network.

import { ROOT } from "./addresses.js";

if ("serviceWorker" in navigator) {
  window.addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register(`${ROOT}service-worker.js`, { scope: ROOT });
    } catch (error) {
      console.info("The site works, but not as an app:", error.message);
    }
  });
}
