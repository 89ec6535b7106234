// A day's race, as the API tells it: how the ranking stood at any minute.

const PATIENCE_MS = 20_000;

/** The minute of the day that "03:10" or "03:10:25" lies in. */
function minuteOf(time) {
  const [hours, minutes] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** A minute of the day as a time; the end of the day is 24:00. */
export function clockTime(minute) {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** Asks for a race. Rejects when the site is away or does not know the day. */
export async function fetchRace(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(`the race was not answered: ${answer.status}`);
  return new Race(await answer.json());
}

export class Race {
  #frames;
  #minutes;
  #hashtags;
  #gaps;

  constructor({ frames, hashtags, gaps }) {
    this.#frames = frames;
    this.#minutes = frames.map((frame) => minuteOf(frame.at));
    this.#hashtags = hashtags;
    this.#gaps = gaps;
  }

  /** The ranking of the first `top` places as it stood at a minute: empty before the first frame. */
  at(minute, top) {
    const frame = this.#frames[this.#minutes.findLastIndex((at) => at <= minute)] ?? { posts: 0, top: [] };
    const places = frame.top.slice(0, top).map(([key, posts], index) => ({
      rank: index + 1,
      key,
      hashtag: this.#hashtags[key] ?? key,
      posts,
    }));
    return { posts: frame.posts, top: places };
  }

  /** The gap that a minute lies in, as [from, to]; undefined outside of gaps. */
  gapAround(minute) {
    return this.#gaps.find(([from, to]) => minuteOf(from) < minute && minute < minuteOf(to));
  }
}
