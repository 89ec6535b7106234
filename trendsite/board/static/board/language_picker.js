// The language picker: tells a choice at once, and finds languages by name.

const ALL = "*";

export class LanguagePicker {
  #details;
  #form;
  #options;
  #search;
  #codes;
  #onChoice;

  /** Calls `onChoice()` when other codes are chosen than `codes`, which are chosen already, in their order. */
  constructor(details, codes, onChoice) {
    this.#details = details;
    this.#codes = [...codes];
    this.#form = details.querySelector("form");
    this.#options = details.querySelector("ul");
    this.#onChoice = onChoice;
    this.#enhance();
  }

  /** The chosen codes in the order in which they were chosen, `["*"]` for all languages. */
  get codes() {
    return [...this.#codes];
  }

  /** What the chosen languages are called, each in itself. */
  get names() {
    const boxes = new Map(this.#boxes().map((box) => [box.value, box]));
    return this.#codes.filter((code) => boxes.has(code)).map((code) => ownName(boxes.get(code))).join(", ");
  }

  #enhance() {
    this.#search = this.#form.querySelector("input[type=search]");
    this.#search.hidden = false;
    this.#form.querySelector("button").hidden = true;
    this.#search.addEventListener("input", () => this.#find());
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#options.addEventListener("change", (event) => this.#choose(event.target));
    this.#details.addEventListener("toggle", () => this.#details.open && this.#refresh());
    closeByItself(this.#details);
  }

  #boxes() {
    return [...this.#options.querySelectorAll("input")];
  }

  #choose(box) {
    const boxes = this.#boxes();
    const all = boxes.find((other) => other.value === ALL);
    if (box === all) boxes.forEach((other) => (other.checked = other === all));
    else all.checked = !boxes.some((other) => other !== all && other.checked);
    const checked = boxes.filter((other) => other.checked).map((other) => other.value);
    const stay = this.#codes.filter((code) => checked.includes(code));
    this.#codes = [...stay, ...checked.filter((code) => !stay.includes(code))];
    this.#onChoice();
  }

  #find() {
    const wanted = this.#search.value.trim().toLocaleLowerCase();
    for (const item of this.#options.children) {
      item.hidden = !item.querySelector(".name").textContent.toLocaleLowerCase().includes(wanted);
    }
  }

  /** Takes today's languages from a fresh copy of this page; without one the list stays as it is. */
  async #refresh() {
    try {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(10_000) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(this.#options.id);
      if (answer.ok && fresh) this.#replace(fresh);
    } catch (error) {
      console.info("The list of languages is not refreshed:", error.message);
    }
  }

  /** Shows other languages; what was ticked and looked for while they were on their way stays. */
  #replace(fresh) {
    const chosen = new Set(this.codes);
    for (const box of fresh.querySelectorAll("input")) box.checked = chosen.has(box.value);
    this.#options.replaceChildren(...fresh.children);
    this.#find();
  }
}

/** Closes what is open when its reader goes on elsewhere, or by Escape. */
export function closeByItself(details) {
  const close = () => (details.open = false);
  document.addEventListener("click", (event) => details.contains(event.target) || close());
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
}

function ownName(box) {
  return box.closest("label").querySelector("bdi").textContent;
}
