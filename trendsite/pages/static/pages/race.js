// A day's race from the API: the ranking at any minute.

import { gettext } from "../site/translation.js";

const PATIENCE_MS = 20_000;

/** The minute of the day of "03:10" or "03:10:25". */
export function minuteOf(time) {
  const [hours, minutes] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** A minute of the day as a time; the end of the day is 24:00. */
export function clockTime(minute) {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** Fetches a race. Rejects if the site is away or does not have the day. */
export async function fetchRace(address) {
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`the race could not be fetched: ${response.status}`);
  return new Race(await response.json());
}

export class Race {
  #frames;
  #minutes;
  #hashtags;
  #gaps;
  #unrecorded;
  #firstPost;
  #networks;

  constructor({ frames, hashtags, gaps, unrecorded, first_post: firstPost, by_source: bySource = [] }) {
    this.#frames = frames;
    this.#minutes = frames.map((frame) => minuteOf(frame.at));
    this.#hashtags = hashtags;
    this.#gaps = gaps;
    this.#unrecorded = unrecorded;
    this.#firstPost = firstPost;
    this.#networks = bySource.map(({ source }) => source);
  }

  /** The first `top` places at a minute; before the first frame none, and posts are null. */
  at(minute, top) {
    const frame = this.#frameAt(minute) ?? { posts: null, top: [] };
    const places = frame.top.slice(0, top).map(([key, posts], index) => ({
      rank: index + 1,
      key,
      hashtag: this.#hashtags[key] ?? key,
      posts,
      networks: this.#shares(frame.shares?.[index] ?? []),
    }));
    return { posts: frame.posts, top: places };
  }

  /** The posts of a place by network, as in a ranking; empty for the race of one source. */
  #shares(posts) {
    return Object.fromEntries(posts.map((number, index) => [this.#networks[index], number]));
  }

  /** A sentence about what is unknown at a minute, empty if nothing is. `replay.py` has the same sentences. */
  noteAt(minute) {
    const time = this.#firstPost;
    if (time && minute < minuteOf(time)) return gettext("Nothing was collected before {time}.", { time });
    const [start, end] = around(this.#gaps, minute) ?? [];
    if (start) return gettext("No posts came from {start} to {end}. This is the ranking before.", { start, end });
    const frame = this.#frameAt(minute);
    if (!around(this.#unrecorded, minute) || (frame && minuteOf(frame.at) === minute)) return "";
    const unknown = gettext("The ranking at {time} is unknown.", { time: clockTime(minute) });
    return frame ? `${unknown} ${gettext("This is the ranking at {time}.", { time: frame.at.slice(0, 5) })}` : unknown;
  }

  #frameAt(minute) {
    return this.#frames[this.#minutes.findLastIndex((at) => at <= minute)];
  }
}

/** The stretch that a minute lies in, as [from, to]; undefined outside of all. */
function around(stretches, minute) {
  return stretches.find(([from, to]) => minuteOf(from) < minute && minute < minuteOf(to));
}
