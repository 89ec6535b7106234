"""A day's posts by the minute, as far as Redis knows them, and the gaps in them: minutes without any post."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from itertools import groupby

from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import MINUTES
from contract.language import ALL_LANGUAGES
from trendsite.live.pipeline import Shown

Minutes = list[int | None]
"""The posts of each of a day's 1,440 UTC minutes; None for one still to come, and where nobody counted them."""

UNKNOWN: Minutes = [None] * MINUTES


async def read_minutes(redis: Redis, shown: Shown) -> Minutes:
    """Return the minutes of a day up to the stream's clock, all unknown where Redis does not hold every post's.

    Of a source that the board no longer shows they reach up to its last post.

    Raises:
        RedisError, OSError: Redis is away.
    """
    # Streaming writes the minutes before the posts: in this order, whole minutes hold at least the posts.
    pipeline = redis.pipeline(transaction=True)
    pipeline.zscore(redis_names.posts(shown.source, shown.day), ALL_LANGUAGES)
    pipeline.hgetall(redis_names.minutes(shown.source, shown.day))
    pipeline.hmget(redis_names.CURRENT, ["source", "clock"])
    posts, fields, (source, clock) = await pipeline.execute()
    counted = {int(minute): int(number) for minute, number in fields.items()}
    if not counted or sum(counted.values()) < int(posts or 0):
        return UNKNOWN
    begun = _begun(shown, datetime.fromisoformat(clock)) if clock and source == shown.source else max(counted) + 1
    return [counted.get(minute, 0) if minute < begun else None for minute in range(MINUTES)]


def gaps(minutes: Sequence[int | None]) -> list[tuple[int, int]]:
    """Return where whole minutes have no post, after the first that has some: (first minute, one past the last).

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


def clock_time(minute: int) -> str:
    """Return a minute of the day as ``HH:MM``; 24:00 is the end of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _begun(shown: Shown, clock: datetime) -> int:
    """Return how many minutes of the day had begun at ``clock``."""
    elapsed = clock - datetime.combine(shown.day, time.min, UTC)
    return max(0, min(MINUTES, int(elapsed.total_seconds() // 60) + 1))
