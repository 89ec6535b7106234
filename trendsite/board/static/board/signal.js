// The lamp and its words: live, or not and since when. Stale data turns grey and shows its age. A replay is never live.

import { gettext } from "../site/translation.js";

const STALE = ["cut-off", "paused", "refused"];
const WORDS = { live: gettext("live"), connecting: gettext("connecting"), paused: gettext("coming back") };

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
    const words = refusal ? gettext("refused: {reason}; trying again", { reason: refusal }) : this.#words(connection, { isStale, isWaiting, hasEnded, isReplay });
    if (this.#text.textContent !== words) this.#text.textContent = words;
  }

  #words(connection, { isStale, isWaiting, hasEnded, isReplay }) {
    const time = this.#upToDate.toISOString().slice(11, 19);
    if (connection === "cut-off") return gettext("cut off since {time} UTC, retrying", { time });
    if (connection === "live" && isStale) return gettext("not up to date since {time} UTC", { time });
    if (connection === "live" && hasEnded) return gettext("replay has ended");
    if (connection === "live" && isWaiting) return gettext("waiting for posts");
    return connection === "live" && isReplay ? gettext("replaying") : WORDS[connection];
  }
}
