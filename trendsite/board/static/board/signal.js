// The lamp and its words: live, or not and since when. What is not up to date turns grey.

const STALE = ["cut-off", "paused", "refused"];
const WORDS = { live: "live", connecting: "connecting", paused: "coming back" };

export class Signal {
  #board;
  #text;
  #upToDate = new Date();

  constructor(board, text) {
    this.#board = board;
    this.#text = text;
  }

  /**
   * Shows the state of the connection, "connecting", "live", "paused", "cut-off" or "refused", and then why; why what
   * it brings is stale, empty when it is not; and whether the source has ended.
   */
  show(connection, { refusal, staleness, hasEnded }) {
    const isStale = STALE.includes(connection) || staleness !== "";
    if (!isStale) this.#upToDate = new Date();
    this.#board.dataset.connection = connection;
    this.#board.toggleAttribute("data-stale", isStale);
    this.#board.toggleAttribute("data-ended", hasEnded);
    const words = refusal ? `refused: ${refusal}; trying again` : this.#words(connection, isStale, hasEnded);
    if (this.#text.textContent !== words) this.#text.textContent = words;
  }

  #words(connection, isStale, hasEnded) {
    const since = this.#upToDate.toLocaleTimeString("en-GB");
    if (connection === "cut-off") return `cut off since ${since}, retrying`;
    if (connection === "live" && isStale) return `not up to date since ${since}`;
    return connection === "live" && hasEnded ? "replay has ended" : WORDS[connection];
  }
}
