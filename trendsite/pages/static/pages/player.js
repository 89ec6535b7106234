// Plays one step after the other at a chosen speed until the last. A hidden page pauses.

import { gettext } from "../site/translation.js";

const STEP_MS = 600;

export class Player {
  #button;
  #speed;
  #step;
  #stopped;
  #timer = 0;

  /** `step()` moves on and promises whether there are more steps; `rewind()` is called before the first, `stopped()` after the last. */
  constructor(button, speed, { step, rewind, stopped }) {
    this.#button = button;
    this.#speed = speed;
    this.#step = step;
    this.#stopped = stopped;
    button.addEventListener("click", () => {
      if (this.isPlaying) return this.pause();
      rewind();
      return this.#next();
    });
    document.addEventListener("visibilitychange", () => document.hidden && this.pause());
  }

  get isPlaying() {
    return this.#timer !== 0;
  }

  pause() {
    if (!this.isPlaying) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#button.textContent = gettext("Play");
    this.#stopped();
  }

  #next() {
    this.#button.textContent = gettext("Pause");
    const timer = setTimeout(async () => {
      const hasMore = await this.#step();
      if (this.#timer !== timer) return; // paused meanwhile
      if (hasMore) this.#next();
      else this.pause();
    }, STEP_MS / Number(this.#speed.value));
    this.#timer = timer;
  }
}
