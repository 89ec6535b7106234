// The live part of a page: the connection, and everything that shows its messages. Board and embed share it.

import { ROOT } from "../site/addresses.js";
import { measureOf } from "./bar_values.js";
import { Announcer } from "./announcer.js";
import { isOf, queryOf } from "./choice.js";
import { Connection } from "./connection.js";
import { showMissing, showRankingFacts, showStaleness, showStatus, showWaiting, showWindow } from "./facts.js";
import { missingInWords, narrowed, Networks } from "./networks.js";
import { History } from "./history.js";
import { Race } from "./race.js";
import { showFading } from "./rising.js";
import { Signal } from "./signal.js";
import { Staleness } from "./staleness.js";

const LOOK_MS = 1_000;

export class Live {
  #choice;
  #sentQuery = "";
  #labels;
  #measures;
  #networks = new Networks(document.getElementById("networks"));
  #networkPicker;
  #connection;
  #state = "connecting";
  #refusal = "";
  #status;
  #ofAll;
  #ranking = null;
  #day;
  #race = new Race(document.getElementById("race"));
  #history;
  #announcer = new Announcer(document.getElementById("announcement"));
  #signal = new Signal(document.getElementById("board"), document.getElementById("connection-text"));
  #staleness = new Staleness();

  /**
   * Starts with the first paint: `{ ranking, status, choice, labels, measures }`. `labels` has those of a source on
   * today's clock, and the ones that differ for a recording with its own times. `networkPicker` learns which networks
   * run; without it they cannot be chosen.
   */
  constructor({ ranking, status, choice, labels, measures }, networkPicker = null) {
    this.#choice = choice;
    this.#labels = labels;
    this.#measures = measures;
    this.#networkPicker = networkPicker;
    this.#connection = new Connection(() => this.#address(), (message) => this.#receive(message), (state, refusal) => this.#setState(state, refusal));
    this.#history = new History(choice, () => this.#drawRace());
    this.#day = ranking?.day;
    this.#showStatus(status);
    if (ranking) this.#show(ranking);
    this.#connection.open();
    setInterval(() => document.hidden || this.#showState(), LOOK_MS);
  }

  /** Shows another choice from now on. */
  choose(choice) {
    this.#choice = choice;
    this.#ranking = null;
    this.#race.forget();
    this.#history.choose(choice);
    this.#showStatus(this.#ofAll);
    this.#sendChoice();
  }

  /** Sends the choice, unless the site has it. Without a connection, the next one's address will hold it. */
  #sendChoice() {
    const query = queryOf(this.#choice);
    if (query !== this.#sentQuery && this.#connection.send(this.#choice)) this.#sentQuery = query;
  }

  #address() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#sentQuery = queryOf(this.#choice);
    return `${scheme}://${location.host}${ROOT}ws/board/${this.#sentQuery}`;
  }

  #receive(message) {
    if (message.status) this.#showStatus(message.status);
    else if (isOf(message, this.#choice)) this.#show(message);
  }

  /** The labels change with the choice, the day and the source. */
  #nameWindow() {
    showWindow(this.#currentLabels(), this.#choice.window, { day: this.#day, label: this.#status.label });
  }

  #currentLabels() {
    const { timely, untimely } = this.#labels;
    if (!this.#status.kind || this.#status.is_timely) return timely;
    return Object.fromEntries(Object.keys(timely).map((window) => [window, { ...timely[window], ...untimely[window] }]));
  }

  #show(ranking) {
    this.#ranking = ranking;
    this.#day = ranking.day;
    this.#nameWindow();
    showRankingFacts(ranking, this.#measures[measureOf(ranking)], { isCounted: this.#status.clock !== null });
    this.#drawRace();
    this.#history.note(ranking);
    showFading(document.getElementById("fading"), ranking);
    this.#announcer.note(ranking);
    this.#explainWaiting();
  }

  #drawRace() {
    if (this.#ranking) this.#race.show(this.#ranking, this.#choice.top, this.#networks.shown, this.#history);
  }

  #showStatus(ofAll) {
    const status = narrowed(ofAll, this.#choice.networks);
    this.#ofAll = ofAll;
    this.#status = status;
    this.#staleness.note(status, performance.now());
    this.#networks.note(ofAll, performance.now());
    showStatus(status);
    this.#nameWindow();
    this.#explainWaiting();
    this.#showState();
  }

  #explainWaiting() {
    const missing = missingInWords(this.#ofAll, this.#choice.networks);
    showMissing(missing, queryOf({ ...this.#choice, networks: [] }));
    showWaiting({ missing, ...this.#status }, this.#ranking, this.#currentLabels()[this.#choice.window]);
  }

  #setState(state, refusal = "") {
    if (state === this.#state && refusal === this.#refusal) return;
    this.#state = state;
    this.#refusal = refusal;
    if (state === "live") this.#sendChoice();
    this.#showState();
  }

  #showState() {
    const now = performance.now();
    const reason = this.#staleness.reason(now);
    // Nothing is stale while nothing is shown.
    const isWaiting = this.#status.waiting_for !== "" && !this.#ranking?.top.length;
    const connection = this.#state === "live" && !this.#status.redis ? "cut-off" : this.#state;
    showStaleness(this.#staleness.delay(now), reason);
    const hasChanged = this.#networks.show(now, this.#choice.networks);
    this.#networkPicker?.show(this.#networks.shown, this.#choice.networks);
    if (hasChanged) this.#drawRace();
    this.#signal.show(connection, {
      refusal: this.#refusal,
      isStale: reason !== "" && !isWaiting,
      isWaiting,
      hasEnded: this.#status.has_ended,
      isReplay: this.#status.kind === "replay",
    });
  }
}
