// For editors: a button on each row of the board, and the menu that hides its hashtag for a time. The board itself drops
// what is hidden within a second, as for every viewer.

const rows = document.getElementById("rows");
const menu = document.getElementById("hide-menu");

function addButtons() {
  for (const row of rows.rows) {
    const cell = row.querySelector("th");
    if (!cell || cell.querySelector(".hide-row")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "hide-row";
    button.textContent = menu.dataset.button;
    cell.append(button);
  }
}

/** Shows what is asked, or what was done. */
function show(state) {
  for (const part of menu.querySelectorAll(".ask, .done")) part.hidden = !part.classList.contains(state);
  menu.querySelector(".failed").hidden = true;
}

rows.addEventListener("click", (event) => {
  if (!event.target.matches(".hide-row")) return;
  const row = event.target.closest("tr");
  menu.elements.hide.value = row.dataset.key;
  for (const name of menu.querySelectorAll("bdi")) name.textContent = row.querySelector("th bdi").textContent;
  show("ask");
  menu.showPopover();
  menu.querySelector("button[name=lasts]").focus();
});

/** Sends the form. A redirect is the answer to a decision; it needs no second page. */
async function send(button) {
  const fields = new FormData(menu, button);
  if (button.name === "undo") fields.delete("hide");
  const reply = await fetch(menu.action, { method: "POST", body: fields, redirect: "manual" });
  if (reply.type !== "opaqueredirect") throw new Error(`refused with ${reply.status}`);
  if (button.name === "undo") menu.hidePopover();
  else show("done");
}

menu.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.submitter).catch(() => {
    menu.querySelector(".failed").hidden = false;
  });
});

new MutationObserver(addButtons).observe(rows, { childList: true });
addButtons();
