// Makes the desk quick: a form is sent without leaving the page, and keys decide. Without this script the same forms work.

import { recall, remember } from "../site/memory.js";

const SENT_BY_SCRIPT = "form[method=post]";
const TYPED_IN = "input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]";

const live = document.createElement("p");
live.className = "unseen";
live.setAttribute("role", "status");
document.body.append(live);

let current = -1;

const desk = () => document.getElementById("desk");
const rows = () => [...desk().querySelectorAll(".candidates > li")];

/** Sends a form and draws the answer, which is a whole page of the desk. Any other answer, such as a log-in, is opened. */
async function send(form, button) {
  const at = rows().findIndex((row) => row.contains(button));
  const reply = await fetch(form.action, { method: "POST", body: new FormData(form, button) });
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (!page.getElementById("desk")) {
    location.assign(reply.redirected ? reply.url : location.href);
    return;
  }
  draw(page);
  const name = button?.name;
  if (at >= 0) focusRow(at);
  else if (name) (desk().querySelector(`button[name="${CSS.escape(name)}"]:enabled`) ?? document.getElementById("new")).focus();
}

function draw(page) {
  const main = document.getElementById("main");
  main.replaceChildren(...page.getElementById("main").childNodes);
  live.textContent = [...main.querySelectorAll(".message[role=status]")].map((message) => message.textContent.trim()).join(" ");
  showKeys();
}

function focusRow(wanted) {
  const all = rows();
  current = Math.max(0, Math.min(wanted, all.length - 1));
  const link = all[current]?.querySelector("a");
  if (link) link.focus();
  else document.getElementById("new").focus();
}

/** The row with the focus; the one that had it last. */
function rowInHand() {
  const all = rows();
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  if (focused >= 0) current = focused;
  return all[current];
}

const actions = {
  j: () => { rowInHand(); focusRow(current + 1); },
  k: () => { rowInHand(); focusRow(current - 1); },
  h: () => rowInHand()?.querySelector("button[name=hide]").click(),
  a: () => rowInHand()?.querySelector("button[name=allow]").click(),
  u: () => desk().querySelector("button[name=undo]").click(),
};

/** Letters as commands must be possible to switch off: speech control types them by chance. */
function showKeys() {
  const line = desk().querySelector(".keys");
  if (!line) return;
  line.hidden = false;
  document.getElementById("keys").checked = recall("desk-keys") !== "off";
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest(TYPED_IN)) return;
  if (!actions[event.key] || recall("desk-keys") === "off") return;
  event.preventDefault();
  actions[event.key]();
});

document.addEventListener("change", (event) => {
  if (event.target.id === "keys") remember("desk-keys", event.target.checked ? null : "off");
  if (event.target.id === "language") event.target.form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches(`#desk ${SENT_BY_SCRIPT}`)) return;
  event.preventDefault();
  send(event.target, event.submitter).catch(() => {
    document.getElementById("no-answer").hidden = false;
  });
});

showKeys();
