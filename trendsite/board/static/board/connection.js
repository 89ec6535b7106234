// The WebSocket to the site: stays connected, notices silence, and says what arrives and how it is.

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
const SILENCE_MS = 5_000; // the site sends a status at least every two seconds

/** Milliseconds before the next attempt: twice as long each time, at random so that not all come at once. */
export function retryDelay(failures, random = Math.random) {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.5 + random() / 2);
}

/** Calls `onMessage(object)` for each message, `onState("connecting" | "live" | "cut-off")` as it changes. */
export class Connection {
  #url;
  #onMessage;
  #onState;
  #socket = null;
  #failures = 0;
  #silence = 0;
  #retry = 0;

  /** `url()` is asked before each attempt. */
  constructor(url, onMessage, onState) {
    this.#url = url;
    this.#onMessage = onMessage;
    this.#onState = onState;
    window.addEventListener("online", () => this.#retryNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.#retryNow());
  }

  open() {
    this.#socket = new WebSocket(this.#url());
    this.#socket.onmessage = (event) => this.#take(event.data);
    this.#socket.onclose = () => this.#cutOff();
    this.#listenForSilence();
  }

  send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
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
    clearTimeout(this.#silence);
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#onState("cut-off");
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#reopen(), retryDelay(this.#failures));
    this.#failures += 1;
  }

  #reopen() {
    this.#retry = 0;
    this.open();
  }

  #retryNow() {
    if (!this.#retry) return;
    clearTimeout(this.#retry);
    this.#reopen();
  }
}
