// Reads the values of a comparison at a moment, chosen with the pointer or with the keys of a slider, and makes a PNG of
// its picture. Everything that is read stands in the table already.

import { isDark } from "../site/theme.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1_000;
/** Sharp on screens with small pixels, too. */
const PICTURE_SCALE = 2;

class Reader {
  #plot;
  #slider;
  #lines;
  #rows = [...document.querySelectorAll("#values tr")];
  #heights = JSON.parse(document.getElementById("heights").textContent);
  #legend = [...document.querySelectorAll("#legend li")];
  #cursor = document.createElementNS(SVG, "g");

  constructor(plot) {
    this.#plot = plot;
    this.#slider = plot.querySelector(".moment");
    this.#lines = plot.querySelector(".lines");
    this.#lines.append(this.#cursor);
    this.#slider.hidden = this.#rows.length < 2;
    this.#slider.addEventListener("input", () => this.#read());
    for (const kind of ["pointermove", "pointerdown"]) {
      this.#lines.addEventListener(kind, (event) => this.#readAt(event.clientX));
    }
    this.#describe();
  }

  #readAt(clientX) {
    const { left, width } = this.#lines.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - left) / width));
    const place = Math.round(share * (this.#rows.length - 1));
    if (place === Number(this.#slider.value) && this.#cursor.childElementCount > 0) return;
    this.#slider.value = String(place);
    this.#read();
  }

  #read() {
    const place = Number(this.#slider.value);
    const [time, ...values] = [...this.#rows[place].cells].map((cell) => cell.textContent);
    document.getElementById("read-at").textContent = time;
    this.#legend.forEach((item, index) => {
      const value = item.querySelector(".value");
      if (value) value.textContent = values[index];
    });
    this.#draw(place);
    this.#describe();
  }

  /** What a screen reader says of the slider. */
  #describe() {
    const [time, ...values] = [...this.#rows[Number(this.#slider.value)].cells].map((cell) => cell.textContent);
    const named = this.#legend.map((item, index) => `${item.querySelector("bdi").textContent} ${values[index]}`);
    this.#slider.setAttribute("aria-valuetext", [time, ...named].join("; "));
  }

  #draw(place) {
    const x = this.#rows.length > 1 ? (WIDTH * place) / (this.#rows.length - 1) : WIDTH / 2;
    const cursor = shape("line", { class: "cursor", x1: x, x2: x, y1: 0, y2: 100 });
    const dots = this.#heights.flatMap((heights, index) =>
      heights[place] === null ? [] : [dot(x, heights[place], index + 1)],
    );
    this.#cursor.replaceChildren(cursor, ...dots);
  }
}

/** A line without length has round ends only: a dot that the stretched drawing does not stretch. */
function dot(x, y, look) {
  const group = shape("g", { class: `series-${look}` });
  group.append(shape("path", { class: "dot", d: `M${x} ${y}h0` }));
  return group;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}

/** Draws the picture of the server on a canvas, and gives it to the reader as a file. */
async function savePicture(button) {
  const image = new Image();
  image.src = `${button.dataset.picture}&theme=${isDark() ? "dark" : "light"}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * PICTURE_SCALE;
  canvas.height = image.naturalHeight * PICTURE_SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await new Promise((done) => canvas.toBlob(done, "image/png")));
  link.download = "hashtags-compared.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const plot = document.getElementById("plot");
if (plot) new Reader(plot);

const save = document.getElementById("save-picture");
if (save) {
  save.hidden = plot === null;
  save.addEventListener("click", async () => {
    save.disabled = true;
    await savePicture(save).finally(() => {
      save.disabled = false;
    });
  });
}
