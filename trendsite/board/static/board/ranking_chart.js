// The chart: horizontal bars that follow each ranking. A bar is a hashtag, its height on the page is its rank.

import { onTheme } from "../site/theme.js";
import { placesWithValues } from "./bar_values.js";
import { arrangement } from "./arrangement.js";
import { Colours } from "./colour.js";
import { labelsPlugin, sinceInWords } from "./labels.js";
import { nameOf, wordsOf } from "./rising.js";
import { sharesPlugin } from "./shares.js";
import { assignSlots } from "./slots.js";

const SIZES = [10, 25, 50];
const MOVE_MS = 700;
const MOST_MEASURED = 1_000;

const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Chart.js bars on a canvas that fills its parent, whose height the page's style decides. */
export class RankingChart {
  #chart;
  #look = null;
  #slots = Array(2 * SIZES[0]).fill(null);
  #size = SIZES[0];
  #texts = { count: 1, name: 0, since: 0, words: 0, history: false };
  #colours = new Colours();
  #rulers = new Map(); // the length of each text in multiples of the font's size

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
   * drawn beside its count: places risen, negative when fallen, or "new". Its `parts` (shares.js) divide its bar, its
   * `history` (history.js) is a line beside it, and `since` a time. `hasHistory` keeps room for lines that are to come.
   */
  show(ranking, size = SIZES.find((places) => places >= ranking.top.length) ?? ranking.top.length, { hasHistory = false } = {}) {
    const places = placesWithValues(ranking);
    const most = Math.max(1, places[0]?.value ?? 1);
    const isFirst = !this.#slots.some(Boolean);
    this.#colours.assign(places.map(({ key }) => key));
    this.#fit(size, this.#textsOf(ranking, places, hasHistory));
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
    this.#dataset.backgroundColor = this.#slots.map((slot) => (slot ? this.#colours.of(slot.key) : "transparent"));
  }

  /** The lengths of the longest texts, as `arrangement` needs them. Room for names shrinks only if much of it is empty. */
  #textsOf(ranking, places, hasHistory) {
    const longest = (texts, weight) => Math.max(0, ...texts.map((text) => this.#lengthOf(text, weight)));
    const name = Math.ceil(longest(places.map(nameOf), 600) + (places.some((place) => place.few_authors) ? 1.5 : 0.3));
    return {
      count: Math.max(1, Math.ceil(4 * longest(places.map(({ label }) => label), 600)) / 4),
      name: name > this.#texts.name || name < this.#texts.name - 3 ? name : this.#texts.name,
      since: hasHistory && hasTimes(ranking, places) ? Math.ceil(8 * this.#lengthOf(sinceInWords("00:00"), 400)) / 10 : 0,
      words: Math.ceil(0.85 * longest(places.map(wordsOf), 500)),
      history: hasHistory,
    };
  }

  #lengthOf(text, weight) {
    const key = `${weight} ${text}`;
    if (!this.#rulers.has(key)) {
      if (this.#rulers.size >= MOST_MEASURED) this.#rulers.clear();
      const context = this.#chart.ctx;
      context.save();
      context.font = `${weight} 100px ${getComputedStyle(this.#chart.canvas).fontFamily}`;
      this.#rulers.set(key, context.measureText(text).width / 100);
      context.restore();
    }
    return this.#rulers.get(key);
  }

  #fit(size, texts) {
    if (size === this.#size && JSON.stringify(texts) === JSON.stringify(this.#texts)) return;
    [this.#size, this.#texts] = [size, texts];
    while (this.#slots.length < 2 * size) this.#slots.push(null);
    this.#arrange();
  }

  #arrange() {
    const texts = { ...this.#texts, onWall: document.fullscreenElement !== null };
    const layout = arrangement(this.#chart.width, this.#chart.height, this.#size, texts);
    const mirrored = getComputedStyle(this.#chart.canvas).direction === "rtl";
    this.#look = { ...layout, mirrored, ...looksOf(this.#chart.canvas) };
    this.#dataset.barThickness = layout.barThickness;
    const [left, right] = mirrored ? [layout.margin, layout.gutter] : [layout.gutter, layout.margin];
    this.#chart.options.layout.padding = { left, right };
    this.#chart.options.scales.x.reverse = mirrored;
    const { shift } = layout; // labels above the bars need room above the first
    Object.assign(this.#chart.options.scales.y, { min: 0.5 - shift, max: this.#size + 0.5 - shift });
    this.#paint();
    this.#chart.update("none");
  }
}

/**
 * Whether it is known since when places are in a ranking, or may be once their histories are there: races are of whole
 * days, by posts, in one language.
 */
function hasTimes({ window, by = "posts", languages }, places) {
  const canHave = window === "day" && by === "posts" && languages.length === 1;
  return canHave && places.some(({ since, history }) => since || !history);
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
