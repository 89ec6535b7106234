// The page of the tracked languages: search by name, track all, and a tally of the checked boxes.

import { gettext } from "../site/translation.js";

const form = document.getElementById("languages");
const search = document.getElementById("search");
const rest = document.getElementById("rest");
const trackAll = document.getElementById("track-all");
const save = document.getElementById("save");
const boxes = [...form.querySelectorAll("input[type=checkbox]")];
const lines = [...form.querySelectorAll("tbody tr")];
const restWasOpen = () => rest?.dataset.wasOpen === "true";

function tally() {
  const tracked = boxes.filter((box) => box.checked).length;
  document.getElementById("tally").textContent =
    tracked === 0
      ? gettext("At least one must stay tracked")
      : gettext("{tracked} of {number} tracked", { tracked, number: boxes.length });
  save.disabled = tracked === 0;
}

function find() {
  const wanted = search.value.trim().toLocaleLowerCase();
  let found = 0;
  for (const line of lines) {
    line.hidden = !line.querySelector(".name").dataset.name.toLocaleLowerCase().includes(wanted);
    found += line.hidden ? 0 : 1;
  }
  document.getElementById("empty").hidden = found > 0;
  showRest(wanted);
}

/** Opens the other languages while they are searched. */
function showRest(wanted) {
  if (!rest) return;
  if (wanted && !rest.dataset.wasOpen) rest.dataset.wasOpen = String(rest.open);
  rest.open = wanted ? true : restWasOpen();
  if (!wanted) delete rest.dataset.wasOpen;
  for (const table of form.querySelectorAll("table")) {
    table.hidden = ![...table.tBodies[0].rows].some((line) => !line.hidden);
  }
}

search.hidden = false;
search.addEventListener("input", find);
search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());

// Readers have no save button.
if (save) {
  trackAll.hidden = false;
  form.addEventListener("change", tally);
  trackAll.addEventListener("click", () => {
    boxes.forEach((box) => (box.checked = true));
    tally();
  });
  tally();
}
