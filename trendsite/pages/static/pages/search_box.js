// The search in the header: suggestions while typing, chosen by key or pointer. Without scripts it is a plain form. A
// form with `data-adds` is sent with the chosen hashtag instead of leading to its page.

import { hashtagAddress } from "../site/addresses.js";
import { dateFormat, formatNumber } from "../site/translation.js";

const PAUSE_MS = 150;

const date = dateFormat({ day: "numeric", month: "short", year: "numeric" });

class SearchBox {
  #form;
  #input;
  #list;
  #active = -1;
  #pause = 0;
  #request = new AbortController();

  constructor(form) {
    this.#form = form;
    this.#input = form.querySelector("input");
    this.#list = form.querySelector("[role=listbox]");
    this.#input.setAttribute("role", "combobox");
    this.#input.setAttribute("aria-autocomplete", "list");
    this.#input.setAttribute("aria-controls", this.#list.id);
    this.#close();
    this.#input.addEventListener("input", () => this.#fetchSoon());
    this.#input.addEventListener("keydown", (event) => this.#press(event));
    this.#input.addEventListener("blur", () => this.#close());
    // Keep the focus in the input: otherwise a click would first cause a blur.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#open(event.target.closest("[role=option]")));
  }

  #fetchSoon() {
    clearTimeout(this.#pause);
    this.#request.abort();
    if (this.#input.value.trim() === "") this.#close();
    else this.#pause = setTimeout(() => this.#fetch(), PAUSE_MS);
  }

  async #fetch() {
    this.#request = new AbortController();
    const { source, networks } = this.#form.elements;
    const chosen = { ...(source && { source: source.value }), ...(networks && { networks: networks.value }) };
    const query = new URLSearchParams({ q: this.#input.value, ...chosen });
    try {
      const signal = AbortSignal.any([this.#request.signal, AbortSignal.timeout(5_000)]);
      const response = await fetch(`${this.#form.dataset.suggestions}?${query}`, { signal });
      if (response.ok) this.#showFound(await response.json(), chosen);
    } catch {
      this.#close(); // more was typed, or the site is away: the form still works
    }
  }

  /** A hashtag of another source than the page's names it and leads to its page. */
  #showFound({ hashtags, source }, chosen) {
    const names = source?.split(",") ?? [];
    const isElsewhere = (found) => found.source.split(",").some((name) => !names.includes(name));
    const prefix = `${this.#list.id}-`;
    this.#show(hashtags.map((found, index) => option(found, prefix + index, chosen, isElsewhere(found))));
  }

  #show(options) {
    this.#list.replaceChildren(...options);
    this.#list.hidden = options.length === 0;
    this.#input.setAttribute("aria-expanded", String(options.length > 0));
    this.#activate(-1);
  }

  #close() {
    clearTimeout(this.#pause);
    this.#request.abort();
    this.#show([]);
  }

  #activate(index) {
    this.#active = index;
    [...this.#list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === index)));
    const active = this.#list.children[index];
    if (active) this.#input.setAttribute("aria-activedescendant", active.id);
    else this.#input.removeAttribute("aria-activedescendant");
  }

  #press(event) {
    const count = this.#list.children.length;
    if (count === 0) return;
    if (event.key === "ArrowDown") this.#activate((this.#active + 1) % count);
    else if (event.key === "ArrowUp") this.#activate((this.#active <= 0 ? count : this.#active) - 1);
    else if (event.key === "Escape") this.#close();
    else if (event.key === "Enter" && this.#active >= 0) this.#open(this.#list.children[this.#active]);
    else return;
    event.preventDefault();
  }

  #open(chosen) {
    if (!chosen) return;
    if (this.#form.dataset.adds === undefined) location.assign(chosen.dataset.address);
    else {
      this.#input.value = chosen.dataset.key;
      this.#form.requestSubmit();
    }
  }
}

function option({ key, hashtag, posts, day, source, source_title: title }, id, chosen, isElsewhere) {
  const item = document.createElement("li");
  item.id = id;
  item.role = "option";
  const query = String(new URLSearchParams(isElsewhere ? { source } : chosen));
  item.dataset.key = key;
  item.dataset.address = hashtagAddress(key) + (query && `?${query}`);
  const name = document.createElement("bdi");
  name.textContent = `#${hashtag}`;
  const when = document.createElement("small");
  when.textContent = `${formatNumber(posts)} · ${date.format(new Date(day))}${isElsewhere ? ` · ${title}` : ""}`;
  item.append(name, " ", when);
  return item;
}

for (const form of document.querySelectorAll(".search-box")) new SearchBox(form);
