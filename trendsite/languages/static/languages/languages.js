// The page of the tracked languages: search by name, track all, and a tally of the checked boxes.

const form = document.getElementById("languages");
const search = document.getElementById("search");
const trackAll = document.getElementById("track-all");
const save = document.getElementById("save");
const boxes = [...form.querySelectorAll("input[type=checkbox]")];

function tally() {
  const tracked = boxes.filter((box) => box.checked).length;
  document.getElementById("tally").textContent =
    tracked === 0 ? "At least one must stay tracked" : `${tracked} of ${boxes.length} tracked`;
  save.disabled = tracked === 0;
}

function find() {
  const wanted = search.value.trim().toLocaleLowerCase();
  let found = 0;
  for (const box of boxes) {
    const line = box.closest("tr");
    line.hidden = !line.querySelector(".name").textContent.toLocaleLowerCase().includes(wanted);
    found += line.hidden ? 0 : 1;
  }
  document.getElementById("empty").hidden = found > 0;
}

search.hidden = false;
search.addEventListener("input", find);
search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());

// Viewers have no save button.
if (save) {
  trackAll.hidden = false;
  form.addEventListener("change", tally);
  trackAll.addEventListener("click", () => {
    boxes.forEach((box) => (box.checked = true));
    tally();
  });
  tally();
}
