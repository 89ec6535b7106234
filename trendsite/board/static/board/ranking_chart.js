// The chart: ten horizontal bars that follow each ranking. A bar is a hashtag, its height on the page is its rank.

import { colourOf, onColourScheme } from "./colour.js";
import { arrangement, labelsPlugin } from "./labels.js";
import { assignSlots } from "./slots.js";

const BARS = 10;
const BELOW_THE_LAST = BARS + 1;
const MOVE_MS = 600;

const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

export class RankingChart {
  #chart;
  #slots = Array(BARS).fill(null);
  #places = Array(BARS).fill(null);

  constructor(canvas) {
    this.#chart = new window.Chart(canvas, {
      type: "bar",
      data: { datasets: [{ data: [], grouped: false, borderRadius: 5, minBarLength: 3 }] },
      options: options(() => this.#arrange()),
      plugins: [labelsPlugin(() => this.#places)],
    });
    this.#arrange();
    onColourScheme(() => this.#paint());
  }

  /** Moves the bars to a ranking; a newcomer rises from below the last place. */
  show(ranking) {
    const byKey = new Map(ranking.top.map((place) => [place.key, place]));
    const slots = assignSlots(this.#slots, [...byKey.keys()]);
    const isNew = slots.map((key, index) => key !== null && key !== this.#slots[index]);
    this.#slots = slots;
    this.#places = slots.map((key) => byKey.get(key) ?? null);
    this.#chart.options.scales.x.max = Math.max(1, ranking.top[0]?.posts ?? 1);
    if (isNew.some(Boolean) && !stillness.matches) {
      this.#set((place, index) => (isNew[index] ? BELOW_THE_LAST : this.#dataset.data[index]?.y ?? place.rank));
      this.#chart.update("none");
    }
    this.#set((place) => place.rank);
    this.#paint();
  }

  get #dataset() {
    return this.#chart.data.datasets[0];
  }

  #set(rankOf) {
    this.#dataset.data = this.#places.map((place, index) =>
      place ? { x: place.posts, y: rankOf(place, index) } : { x: null, y: BELOW_THE_LAST },
    );
  }

  #paint() {
    this.#dataset.backgroundColor = this.#slots.map((key) => (key === null ? "transparent" : colourOf(key)));
    this.#chart.update(stillness.matches ? "none" : undefined);
  }

  #arrange() {
    const layout = arrangement(this.#chart.width);
    this.#dataset.barThickness = layout.barThickness;
    this.#chart.options.layout.padding = { left: layout.gutter, right: layout.countWidth };
    const shift = layout.above ? 0.22 : 0; // labels above the bars need room above the first
    Object.assign(this.#chart.options.scales.y, { min: 0.5 - shift, max: BARS + 0.5 - shift });
    this.#chart.update("none");
  }
}

function options(onResize) {
  return {
    indexAxis: "y",
    events: [],
    maintainAspectRatio: false,
    animation: { duration: MOVE_MS, easing: "easeOutCubic" },
    layout: { padding: 0 },
    scales: {
      x: { display: false, min: 0 },
      y: { type: "linear", display: false, offset: false, reverse: true, min: 0.5, max: BARS + 0.5 },
    },
    plugins: { legend: { display: false }, tooltip: { enabled: false } },
    onResize: () => queueMicrotask(onResize),
  };
}
