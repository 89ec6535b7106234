// The lamp and its words: live, connecting, or cut off and since when.

const WORDS = { live: "live", connecting: "connecting" };

export class Signal {
  #board;
  #text;

  constructor(board, text) {
    this.#board = board;
    this.#text = text;
  }

  /** Shows "connecting", "live" or "cut-off"; the time stands still while it stays cut off. */
  show(state) {
    if (this.#board.dataset.connection === state) return;
    this.#board.dataset.connection = state;
    const time = new Date().toLocaleTimeString("en-GB");
    this.#text.textContent = WORDS[state] ?? `cut off since ${time}, retrying`;
  }
}
