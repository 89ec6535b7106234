// The WebSocket to the site: stays connected, notices silence, and says what arrives and how it is.

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
const REFUSED_RETRY_MS = 30_000;
const REFUSALS = [1008, 1013]; // trendsite/board/live/limits.py
const SILENCE_MS = 5_000; // the site sends a status at least every two seconds
const HIDDEN_MS = 20_000; // a tab that is looked away from for a moment keeps its connection
const ASLEEP_MS = 3_000;
const TICK_MS = 1_000;

/** Milliseconds before the next attempt: twice as long each time, at random so that not all come at once. */
export function retryDelay(failures, random = Math.random) {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.5 + random() / 2);
}

/**
 * Calls `onMessage(object)` for each message, and as it changes `onState("connecting" | "live" | "paused" | "cut-off")`,
 * or `onState("refused", reason)` with the site's words.
 */
export class Connection {
  #url;
  #onMessage;
  #onState;
  #socket = null;
  #failures = 0;
  #silence = 0;
  #retry = 0;
  #hiding = 0;
  #tickedAt = Date.now();

  /** `url()` is asked before each attempt. */
  constructor(url, onMessage, onState) {
    this.#url = url;
    this.#onMessage = onMessage;
    this.#onState = onState;
    window.addEventListener("online", () => this.#retry && this.#reopen());
    document.addEventListener("visibilitychange", () => this.#followVisibility());
    setInterval(() => this.#noticeSleep(), TICK_MS);
  }

  open() {
    this.#socket = new WebSocket(this.#url());
    this.#socket.onmessage = (event) => this.#take(event.data);
    this.#socket.onclose = ({ code, reason }) => (REFUSALS.includes(code) && reason ? this.#refused(reason) : this.#cutOff());
    this.#listenForSilence();
    if (document.hidden) this.#pauseSoon();
  }

  /** Sends a message if there is a connection; returns whether there is. */
  send(message) {
    const isOpen = this.#socket?.readyState === WebSocket.OPEN;
    if (isOpen) this.#socket.send(JSON.stringify(message));
    return isOpen;
  }

  #take(data) {
    this.#listenForSilence();
    this.#failures = 0;
    this.#onState("live");
    this.#onMessage(JSON.parse(data));
  }

  #listenForSilence() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#cutOff(), SILENCE_MS);
  }

  #cutOff() {
    this.#drop();
    this.#onState("cut-off");
    this.#retry = setTimeout(() => this.#reopen(), retryDelay(this.#failures));
    this.#failures += 1;
  }

  /** What the site refuses now it will hardly grant in a second. */
  #refused(reason) {
    this.#drop();
    this.#onState("refused", reason);
    this.#retry = setTimeout(() => this.#reopen(), REFUSED_RETRY_MS * (0.5 + Math.random()));
  }

  #drop() {
    clearTimeout(this.#silence);
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }

  #reopen() {
    this.#drop();
    this.open();
  }

  /** A hidden tab costs nothing after a while, and is right at once when it is shown again. */
  #followVisibility() {
    clearTimeout(this.#hiding);
    this.#hiding = 0;
    if (document.hidden) this.#pauseSoon();
    else if (this.#socket.readyState !== WebSocket.OPEN) this.#reopen();
  }

  #pauseSoon() {
    this.#hiding ||= setTimeout(() => this.#pause(), HIDDEN_MS);
  }

  #pause() {
    this.#drop();
    this.#onState("paused");
  }

  /** A clock that leapt means a machine that slept: its connection may be dead without knowing it. */
  #noticeSleep() {
    const asleep = Date.now() - this.#tickedAt - TICK_MS > ASLEEP_MS;
    this.#tickedAt = Date.now();
    if (!asleep) return;
    if (document.hidden) this.#pause();
    else this.#reopen();
  }
}
