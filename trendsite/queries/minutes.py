"""A day's posts by the minute from Redis, and what follows from them: gaps, and hours in which nothing was collected.

If no post came at all, in any language, nothing was collected: the posts of a hashtag are then unknown, not zero.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from itertools import groupby

from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS, MINUTES
from contract.language import ALL_LANGUAGES
from trendsite.queries.pipeline_status import SourceDay

Minutes = list[int | None]
"""The posts of each of a day's 1,440 UTC minutes; None for a minute still to come or not counted."""

UNKNOWN: Minutes = [None] * MINUTES


async def read_minutes(redis: Redis, shown: SourceDay) -> Minutes:
    """Return the minutes of a day up to the stream's clock; all are unknown if Redis lacks some of the posts.

    For a source that no longer runs they end with its last counted post.

    Raises:
        RedisError, OSError: Redis is away.
    """
    # Streaming writes the minutes before the posts. Read in this order, complete minutes sum to at least the posts.
    pipeline = redis.pipeline(transaction=True)
    pipeline.zscore(redis_names.posts(shown.source, shown.day), ALL_LANGUAGES)
    pipeline.hgetall(redis_names.minutes(shown.source, shown.day))
    pipeline.hget(redis_names.current(shown.source), "clock")
    posts, fields, clock = await pipeline.execute()
    counted = {int(minute): int(number) for minute, number in fields.items()}
    if not counted or sum(counted.values()) < int(posts or 0):
        return UNKNOWN
    begun = minutes_begun(shown.day, datetime.fromisoformat(clock)) if clock else max(counted) + 1
    return [counted.get(minute, 0) if minute < begun else None for minute in range(MINUTES)]


def gaps(minutes: Sequence[int | None]) -> list[tuple[int, int]]:
    """Return the runs of minutes without a post, after the first post: (first minute, one past the last).

    An unknown minute is in no gap.
    """
    found: list[tuple[int, int]] = []
    has_begun = False
    for posts, run in groupby(range(len(minutes)), key=lambda minute: minutes[minute] and 1):
        of_run = list(run)
        if posts == 0 and has_begun:
            found.append((of_run[0], of_run[-1] + 1))
        has_begun = has_begun or bool(posts)
    return found


def first_post(minutes: Sequence[int | None]) -> int | None:
    """Return the first minute with a post, None if no minute is known to have one."""
    return next((minute for minute, posts in enumerate(minutes) if posts), None)


Stretch = tuple[str, str]
"""(from, until) as times of a day; ``24:00`` is its end."""


def shared_gaps(of_each: Iterable[tuple[str | None, Sequence[Stretch]]]) -> list[Stretch]:
    """Return the stretches in which none of several sources had a post, from their first posts and gaps.

    A minute without a post of one source is a gap of that source alone. Without a known first post a source's gaps are
    unknown, and so are the shared ones. The time before the first post of any is no gap.
    """
    silent: list[set[int]] = []
    first_posts: list[int] = []
    for begin, found in of_each:
        if begin is None:
            return []
        first_posts.append(minute_of(begin))
        in_gaps = (range(minute_of(start), minute_of(end)) for start, end in found)
        silent.append(set(range(first_posts[-1])).union(*in_gaps))
    shared = sorted(minute for minute in set.intersection(*silent) if minute >= min(first_posts))
    runs = groupby(enumerate(shared), key=lambda numbered: numbered[1] - numbered[0])
    minutes = ([minute for _, minute in run] for _, run in runs)
    return [(clock_time(run[0]), clock_time(run[-1] + 1)) for run in minutes]


def collected_hours(minutes: Sequence[int | None]) -> list[int]:
    """Return the posts of each hour; unknown minutes count as 0."""
    apart = MINUTES // HOURS
    return [sum(filter(None, minutes[hour * apart : (hour + 1) * apart])) for hour in range(HOURS)]


def known_minutes(minutes: Minutes) -> Minutes:
    """Return the minutes, with None where nothing was collected: before the first post, and in hours without posts."""
    begin = first_post(minutes)
    if begin is None:
        return UNKNOWN
    collected = collected_hours(minutes)
    return [posts if minute >= begin and collected[minute // 60] else None for minute, posts in enumerate(minutes)]


def known_hours(hours: Sequence[int | None], of_all: Sequence[int | None] | None) -> list[int | None]:
    """Return the posts of a day's hours, with None where nothing was collected.

    ``of_all`` are the posts of each hour in all languages, None if unknown.
    """
    return [posts if of_all is None or of_all[hour] else None for hour, posts in enumerate(hours)]


def add_up_hours(of_each: Sequence[Sequence[int | None]]) -> list[int | None]:
    """Add the hours of several networks. An hour is unknown only if it is unknown of all of them."""
    hours = ([posts for posts in hour if posts is not None] for hour in zip(*of_each, strict=True))
    return [sum(known) if known else None for known in hours]


def minute_of(time: str) -> int:
    """Return the minute of the day of a time such as ``03:10`` or ``03:10:25``; ``24:00`` is 1440."""
    hours, minutes = time.split(":")[:2]
    return int(hours) * 60 + int(minutes)


def clock_time(minute: int) -> str:
    """Return a minute of the day as ``HH:MM``; 24:00 is the end of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def hours_begun(day: date, clock: datetime) -> int:
    """Return how many hours of the day had begun at ``clock`` (UTC)."""
    return -(-minutes_begun(day, clock) // 60)  # rounded up


def minutes_begun(day: date, clock: datetime) -> int:
    """Return how many minutes of the day had begun at ``clock`` (UTC)."""
    elapsed = clock - datetime.combine(day, time.min, UTC)
    return max(0, min(MINUTES, int(elapsed.total_seconds() // 60) + 1))
