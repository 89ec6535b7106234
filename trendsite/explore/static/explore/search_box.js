// The search in the header: suggestions while typing, chosen by key or pointer. It stays a plain form without them.

import { hashtagAddress } from "../site/hashtag_address.js";

const PAUSE_MS = 150;

const number = new Intl.NumberFormat("en");
const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

class SearchBox {
  #form;
  #input;
  #list;
  #active = -1;
  #pause = 0;
  #asking = new AbortController();

  constructor(form) {
    this.#form = form;
    this.#input = form.querySelector("input");
    this.#list = form.querySelector("[role=listbox]");
    this.#input.setAttribute("role", "combobox");
    this.#input.setAttribute("aria-autocomplete", "list");
    this.#input.setAttribute("aria-controls", this.#list.id);
    this.#close();
    this.#input.addEventListener("input", () => this.#askSoon());
    this.#input.addEventListener("keydown", (event) => this.#press(event));
    this.#input.addEventListener("blur", () => this.#close());
    // The focus stays in the input, so that a click is not a blur first.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#open(event.target.closest("[role=option]")));
  }

  #askSoon() {
    clearTimeout(this.#pause);
    this.#asking.abort();
    if (this.#input.value.trim() === "") this.#close();
    else this.#pause = setTimeout(() => this.#ask(), PAUSE_MS);
  }

  async #ask() {
    this.#asking = new AbortController();
    const query = new URLSearchParams({ q: this.#input.value });
    try {
      const signal = AbortSignal.any([this.#asking.signal, AbortSignal.timeout(5_000)]);
      const answer = await fetch(`${this.#form.dataset.suggestions}?${query}`, { signal });
      if (answer.ok) this.#show((await answer.json()).hashtags);
    } catch {
      this.#close(); // typed on, or the site is away: the form still works
    }
  }

  #show(hashtags) {
    this.#list.replaceChildren(...hashtags.map(option));
    this.#list.hidden = hashtags.length === 0;
    this.#input.setAttribute("aria-expanded", String(hashtags.length > 0));
    this.#activate(-1);
  }

  #close() {
    clearTimeout(this.#pause);
    this.#asking.abort();
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
    if (chosen) location.assign(chosen.dataset.address);
  }
}

function option({ key, hashtag, posts, day }, index) {
  const item = document.createElement("li");
  item.id = `suggestion-${index}`;
  item.role = "option";
  item.dataset.address = hashtagAddress(key);
  const name = document.createElement("bdi");
  name.textContent = `#${hashtag}`;
  const when = document.createElement("small");
  when.textContent = `${number.format(posts)} · ${date.format(new Date(day))}`;
  item.append(name, " ", when);
  return item;
}

for (const form of document.querySelectorAll(".search-box")) new SearchBox(form);
