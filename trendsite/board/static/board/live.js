// The live part of a page: the connection, and everything that follows what it brings. Board and embed share it.

import { measureOf } from "./amount.js";
import { Announcer } from "./announcer.js";
import { isOf, queryOf } from "./choice.js";
import { Connection } from "./connection.js";
import { showRankingFacts, showStaleness, showStatus } from "./facts.js";
import { Race } from "./race.js";
import { Signal } from "./signal.js";
import { Staleness } from "./staleness.js";

const LOOK_MS = 1_000;

export class Live {
  #choice;
  #asked = "";
  #words;
  #measures;
  #connection;
  #state = "connecting";
  #refusal = "";
  #status;
  #race = new Race(document.getElementById("race"));
  #announcer = new Announcer(document.getElementById("announcement"));
  #signal = new Signal(document.getElementById("board"), document.getElementById("connection-text"));
  #staleness = new Staleness();

  /** Begins with what the first paint shows: `{ ranking, status, choice, words, measures }`. */
  constructor({ ranking, status, choice, words, measures }) {
    this.#choice = choice;
    this.#words = words;
    this.#measures = measures;
    this.#connection = new Connection(() => this.#address(), (message) => this.#take(message), (state, refusal) => this.#follow(state, refusal));
    this.#tell(status);
    if (ranking) this.#show(ranking);
    this.#connection.open();
    setInterval(() => document.hidden || this.#judge(), LOOK_MS);
  }

  /** Shows another choice from now on. */
  choose(choice) {
    this.#choice = choice;
    this.#race.forget();
    this.#ask();
  }

  /** Tells the site what is chosen, unless it knows; while there is no connection, the next one's address will. */
  #ask() {
    const query = queryOf(this.#choice);
    if (query !== this.#asked && this.#connection.send(this.#choice)) this.#asked = query;
  }

  #address() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.#asked = queryOf(this.#choice);
    return `${scheme}://${location.host}/ws/board/${this.#asked}`;
  }

  #take(message) {
    if (message.status) this.#tell(message.status);
    else if (isOf(message, this.#choice)) this.#show(message);
  }

  #show(ranking) {
    showRankingFacts(ranking, this.#measures[measureOf(ranking)]);
    this.#race.show(ranking, this.#choice.top);
    this.#announcer.note(ranking);
  }

  #tell(status) {
    this.#status = status;
    this.#staleness.note(status, performance.now());
    showStatus(status, this.#words[this.#choice.window]);
    this.#judge();
  }

  #follow(state, refusal = "") {
    if (state === this.#state && refusal === this.#refusal) return;
    this.#state = state;
    this.#refusal = refusal;
    if (state === "live") this.#ask();
    this.#judge();
  }

  #judge() {
    const now = performance.now();
    const reason = this.#staleness.reason(now);
    const connection = this.#state === "live" && !this.#status.redis ? "cut-off" : this.#state;
    showStaleness(this.#staleness.delay(now), reason);
    this.#signal.show(connection, { refusal: this.#refusal, staleness: reason, hasEnded: this.#status.has_ended });
  }
}
