// The lamp and its words: live, or not and since when. Stale data turns grey and shows its age. A replay is never live.

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
   * Shows the state of the connection, "connecting", "live", "paused", "cut-off" or "refused", and then why; whether
   * what is shown is stale, or nothing is shown yet; and whether the source is a replay, and has ended.
   */
  show(connection, { refusal, isStale: isOld, isWaiting, hasEnded, isReplay }) {
    const isStale = STALE.includes(connection) || isOld;
    if (!isStale) this.#upToDate = new Date();
    this.#board.dataset.connection = connection;
    this.#board.toggleAttribute("data-stale", isStale);
    this.#board.toggleAttribute("data-waiting", isWaiting);
    this.#board.toggleAttribute("data-ended", hasEnded);
    this.#board.toggleAttribute("data-replay", isReplay);
    const words = refusal ? `refused: ${refusal}; trying again` : this.#words(connection, { isStale, isWaiting, hasEnded, isReplay });
    if (this.#text.textContent !== words) this.#text.textContent = words;
  }

  #words(connection, { isStale, isWaiting, hasEnded, isReplay }) {
    const since = `${this.#upToDate.toISOString().slice(11, 19)} UTC`;
    if (connection === "cut-off") return `cut off since ${since}, retrying`;
    if (connection === "live" && isStale) return `not up to date since ${since}`;
    if (connection === "live" && hasEnded) return "replay has ended";
    if (connection === "live" && isWaiting) return "waiting for posts";
    return connection === "live" && isReplay ? "replaying" : WORDS[connection];
  }
}
