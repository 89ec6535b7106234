// Shows each choice at once: the frame, its HTML, and the address of this page with the choices in it.

import { gettext } from "../site/translation.js";

const PAUSE_MS = 400;

const form = document.getElementById("builder");
const preview = document.getElementById("preview");
const code = document.getElementById("code");

/** What only one kind of frame has is out of sight for the other, and not part of the form. */
function showFieldsOfKind() {
  for (const part of form.querySelectorAll("fieldset[data-of]")) {
    part.disabled = part.hidden = part.dataset.of !== form.elements.show.value;
  }
}

function parameters() {
  const chosen = new URLSearchParams();
  const lists = new Map();
  for (const [name, value] of new FormData(form)) {
    if (value === "" || ["show", "width", "height"].includes(name)) continue;
    if (name === "span") {
      const [unit, number] = value.split("=");
      chosen.set(unit, number);
    } else if (name === "languages" || name === "networks") lists.set(name, [...(lists.get(name) ?? []), value]);
    else chosen.set(name, value);
  }
  for (const [name, values] of lists) chosen.set(name, values.join(","));
  return String(chosen).replaceAll("%2C", ",");
}

function size(name) {
  const field = form.elements[name];
  return field.value !== "" && field.checkValidity() ? field.value : null;
}

function update() {
  const kind = form.elements.show.value;
  const query = parameters();
  const address = new URL(form.dataset[kind], location.href).href + (query && `?${query}`);
  if (preview.src !== address) preview.src = address;
  preview.title = kind === "board" ? gettext("Top hashtags") : gettext("Hashtags compared");
  preview.setAttribute("width", size("width") ?? "100%");
  preview.setAttribute("height", size("height") ?? preview.getAttribute("height"));
  const frame = document.createElement("iframe");
  frame.setAttribute("src", address);
  for (const name of ["title", "width", "height"]) frame.setAttribute(name, preview.getAttribute(name));
  // Written as text: the policy of this page forbids styles in attributes.
  code.value = frame.outerHTML.replace("></iframe>", ' loading="lazy" style="border:0"></iframe>');
  history.replaceState(null, "", `?${new URLSearchParams({ show: kind })}${query && `&${query}`}`);
}

let pause = 0;
form.addEventListener("input", () => {
  showFieldsOfKind();
  clearTimeout(pause);
  pause = setTimeout(update, PAUSE_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  update();
});
showFieldsOfKind();
document.getElementById("update").hidden = true;
