// The chart: horizontal bars that follow each ranking. A bar is a hashtag, its height on the page is its rank.

import { onTheme } from "../site/theme.js";
import { placesWithValues } from "./bar_values.js";
import { colourOf } from "./colour.js";
import { arrangement, labelsPlugin } from "./labels.js";
import { sharesPlugin } from "./shares.js";
import { assignSlots } from "./slots.js";

const SIZES = [10, 25, 50];
const MOVE_MS = 700;

const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Chart.js bars on a canvas that fills its parent, whose height the page's style decides. */
export class RankingChart {
  #chart;
  #look = null;
  #slots = Array(2 * SIZES[0]).fill(null);
  #size = SIZES[0];
  #digits = 1;

  /** A bar takes `moveMs` milliseconds to its new rank and length. */
  constructor(canvas, { moveMs = MOVE_MS } = {}) {
    this.#chart = new window.Chart(canvas, {
      type: "bar",
      data: { datasets: [{ data: [], grouped: false, borderRadius: 4, minBarLength: 3 }] },
      options: options(moveMs, () => this.#arrange()),
      plugins: [sharesPlugin(() => this.#slots, () => this.#look), labelsPlugin(() => this.#slots, () => this.#look)],
    });
    this.#arrange();
    onTheme(() => this.#arrange());
  }

  /**
   * Moves the bars to a ranking with room for `size` places; the first is there at once. A newcomer rises from below the
   * last place, and who leaves sinks there. A bar is as long as what the ranking is ordered by. A place's `change` is
   * drawn beside its count: places risen, negative when fallen, or "new". Its `parts` (shares.js) divide its bar.
   */
  show(ranking, size = SIZES.find((places) => places >= ranking.top.length) ?? ranking.top.length) {
    const places = placesWithValues(ranking);
    const most = Math.max(1, places[0]?.value ?? 1);
    const isFirst = !this.#slots.some(Boolean);
    this.#fit(size, Math.max(1, ...places.map(({ label }) => label.length)));
    this.#slots = assignSlots(this.#slots, places);
    this.#chart.options.scales.x.max = most;
    this.#paint();
    this.#chart.update(isFirst || stillness.matches ? "none" : undefined);
  }

  get #dataset() {
    return this.#chart.data.datasets[0];
  }

  /** Tells the chart where each bar belongs; empty ones wait below the last place. */
  #paint() {
    const belowTheLast = this.#size + 1.5;
    this.#dataset.data = this.#slots.map((slot) => ({
      x: slot?.place.value ?? 0,
      y: slot?.stays ? slot.place.rank : belowTheLast,
    }));
    this.#dataset.backgroundColor = this.#slots.map((slot) => (slot ? colourOf(slot.key) : "transparent"));
  }

  #fit(size, digits) {
    if (size === this.#size && digits === this.#digits) return;
    [this.#size, this.#digits] = [size, digits];
    while (this.#slots.length < 2 * size) this.#slots.push(null);
    this.#arrange();
  }

  #arrange() {
    const layout = arrangement(this.#chart.width, this.#chart.height, this.#size, this.#digits);
    this.#look = { ...layout, ...looksOf(this.#chart.canvas) };
    this.#dataset.barThickness = layout.barThickness;
    this.#chart.options.layout.padding = { left: layout.gutter, right: layout.margin };
    const shift = layout.above ? 0.24 : 0; // labels above the bars need room above the first
    Object.assign(this.#chart.options.scales.y, { min: 0.5 - shift, max: this.#size + 0.5 - shift });
    this.#paint();
    this.#chart.update("none");
  }
}

/** The page's font and colours, resolved to what a canvas understands. */
function looksOf(canvas) {
  const style = getComputedStyle(canvas);
  const looks = { family: style.fontFamily };
  for (const name of ["ink", "muted", "good", "bad", "warn", "card"]) {
    canvas.style.setProperty("color", `var(--${name})`);
    looks[name] = style.color;
  }
  canvas.style.removeProperty("color");
  return looks;
}

function options(moveMs, onResize) {
  return {
    indexAxis: "y",
    events: [],
    maintainAspectRatio: false,
    animation: { duration: moveMs, easing: "easeOutCubic" },
    layout: { padding: 0 },
    scales: {
      x: { display: false, min: 0 },
      y: { type: "linear", display: false, offset: false, reverse: true },
    },
    plugins: { legend: { display: false }, tooltip: { enabled: false } },
    onResize: () => queueMicrotask(onResize),
  };
}
