// Whether what is shown is up to date, and how long a post takes to the screen, from the statuses that the site sends.

import { gettext, numberFormat, translated } from "../site/translation.js";

const tenths = numberFormat({ minimumFractionDigits: 1, maximumFractionDigits: 1 });

const STILL_MS = 30_000;
const BETWEEN_STATUSES_MS = 2_500;
const STEADY_MS = 10_000;

/** An age in words: tenths below ten seconds, then seconds, then minutes. */
export function ageInWords(milliseconds) {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) return gettext("{seconds} s", { seconds: tenths.format(seconds) });
  if (seconds < 120) return gettext("{seconds} s", { seconds: Math.floor(seconds) });
  return gettext("{minutes} min", { minutes: Math.floor(seconds / 60) });
}

/** Times are milliseconds of a clock that the caller reads. */
export class Staleness {
  #status = null;
  #notedAt = 0;
  #movedAt = 0;
  #delay = null;

  /** Takes a status that arrived at `now`. */
  note(status, now) {
    if (status.clock !== (this.#status?.clock ?? null)) {
      this.#movedAt = now;
      this.#delay = status.is_timely && status.clock ? lag(status) : null;
    }
    this.#status = status;
    this.#notedAt = now;
  }

  /** Milliseconds from the newest counted post to the screen; null where that means nothing. */
  delay(now) {
    if (this.#delay === null || this.#status.has_ended) return null;
    return this.#delay + Math.max(0, now - this.#notedAt - BETWEEN_STATUSES_MS);
  }

  /** In words, why what is shown is not up to date; empty when it is. */
  reason(now) {
    const status = this.#status;
    if (!status || status.waiting_for || status.has_ended) return translated(status?.waiting_for ?? "");
    if (!status.posts_per_second) return "";
    if (now - this.#movedAt > STILL_MS) return gettext("Posts arrive, but the counts stand still.");
    if (status.is_timely && lag(status) > STILL_MS) return gettext("The counts are {age} behind the posts.", { age: steadyAge(lag(status)) });
    return "";
  }
}

/** An age that changes rarely: each change of a notice is spoken. */
function steadyAge(milliseconds) {
  return ageInWords(milliseconds - (milliseconds % STEADY_MS));
}

function lag(status) {
  return Date.parse(status.at) - Date.parse(status.clock);
}
