// The race: the ranking as a chart, over the same ranking as a table whose rows are the links to the bars' pages.

import { RankChanges } from "./rank_changes.js";
import { RankingChart } from "./ranking_chart.js";
import { RankingTable } from "./ranking_table.js";
import { partsOf, sharesInWords } from "./shares.js";

export class Race {
  #section;
  #chart = null;
  #table;
  #changes = new RankChanges();

  constructor(section) {
    this.#section = section;
    this.#table = new RankingTable(section.querySelector("tbody"), section.querySelector("template"));
  }

  /**
   * Shows the first `size` places of a ranking; `networks` are those that run, if several do, and `history` knows what
   * each place shows of its day.
   */
  show(ranking, size, networks = [], history = null) {
    const changes = this.#changes.note(ranking, performance.now());
    const top = ranking.top.slice(0, size).map((place) => ({
      ...place,
      change: changes.get(place.key),
      parts: partsOf(place, networks),
      shares: sharesInWords(place, networks),
      history: history?.of(place.key),
      since: history?.of(place.key)?.since ?? "",
    }));
    // Without empty space for places that nothing has.
    this.#section.style.setProperty("--rows", Math.max(1, top.length));
    if (this.#section.dataset.size !== String(size)) this.#section.dataset.size = size;
    this.#section.dataset.window = ranking.window;
    this.#table.show({ ...ranking, top });
    this.#draw({ ...ranking, top }, history !== null);
  }

  /** Begins the changes of rank anew. */
  forget() {
    this.#changes.forget();
  }

  /** Without Chart.js the table stays in sight. */
  #draw(ranking, hasHistory) {
    if (!window.Chart || ranking.top.length === 0) return;
    if (!this.#chart) {
      this.#chart = new RankingChart(this.#section.querySelector("canvas"));
      this.#section.dataset.drawn = "";
    }
    this.#chart.show(ranking, ranking.top.length, { hasHistory });
  }
}
