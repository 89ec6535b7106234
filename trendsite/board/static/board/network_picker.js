// The picker of networks, where several run: tells a choice at once, and is closed by itself.

import { formatList, gettext } from "../site/translation.js";
import { closeByItself } from "./language_picker.js";
import { titleOf } from "./networks.js";

export class NetworkPicker {
  #details;
  #list;
  #onChoice;

  /** Calls `onChoice(names)` when other networks are ticked in `details`; none stands for all. */
  constructor(details, onChoice) {
    this.#details = details;
    this.#list = details.querySelector("ul");
    this.#onChoice = onChoice;
    details.querySelector("button").hidden = true;
    details.addEventListener("change", () => this.#choose());
    closeByItself(details);
  }

  /** Shows the running `networks`, `{ name, title }`, and which are `chosen` (all if empty). */
  show(networks, chosen) {
    this.#details.hidden = networks.length === 0;
    const names = networks.map(({ name }) => name);
    for (const box of this.#boxes()) if (!names.includes(box.value)) box.closest("li").remove();
    for (const { name, title } of networks) this.#box(name, title).checked = chosen.length === 0 || chosen.includes(name);
    const value = this.#details.querySelector(".value");
    const words = chosen.length > 0 ? formatList(chosen.map(titleOf)) : gettext("All networks");
    if (value.textContent !== words) value.textContent = words;
  }

  #boxes() {
    return [...this.#list.querySelectorAll("input")];
  }

  #box(name, title) {
    const known = this.#boxes().find((box) => box.value === name);
    if (known) return known;
    const [item, label, box, text] = ["li", "label", "input", "span"].map((tag) => document.createElement(tag));
    Object.assign(box, { type: "checkbox", name: "networks", value: name });
    Object.assign(text, { className: "name", textContent: title });
    label.append(box, text);
    item.append(label);
    this.#list.append(item);
    return box;
  }

  /** All networks are as good as none chosen: one that is added later belongs to them. */
  #choose() {
    const checked = this.#boxes().filter((box) => box.checked).map((box) => box.value);
    this.#onChoice(checked.length === this.#boxes().length ? [] : checked.sort());
  }
}
