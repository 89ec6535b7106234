"""What Redis holds of a language's latest hours, read for the hashtags that may be unusual in one of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from redis.asyncio import Redis

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.redis_names import HOUR_HASHTAGS
from trendsite.rising.moments import HOUR, HOURS_BEFORE, CountedHour
from trendsite.rising.unusual import FLOOR, Stretch

MOST_CANDIDATES = 500
"""How many hashtags of an hour are looked at, most posts first: one that is further down has no high score."""

Volumes = list[dict[str, int]]
"""The posts of each language in the hour of the stream's clock and each hour before it, newest first."""


class Of(NamedTuple):
    """Whose hours are read."""

    source: str
    language: str


def hours_until(clock: datetime) -> list[datetime]:
    """Return when the UTC hour of ``clock`` and those before it began, newest first."""
    this = clock.replace(minute=0, second=0, microsecond=0)
    return [this - ago * HOUR for ago in range(HOURS_BEFORE + 1)]


async def read_volumes(redis: Redis, source: str, starts: Sequence[datetime]) -> Volumes:
    """Return the posts of each hour, without those in all languages together.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for start in starts:
        pipeline.zrange(redis_names.hour_posts(source, start.date(), start.hour), 0, -1, withscores=True)
    return [
        {language: int(posts) for language, posts in hour if language != ALL_LANGUAGES}
        for hour in await pipeline.execute()
    ]


async def read_candidates(redis: Redis, of: Of, starts: Sequence[datetime]) -> list[str]:
    """Return whoever may have as many as the floor in one or two hours together.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for start in starts:
        counts, _ = _names(of, start)
        pipeline.zrevrangebyscore(counts, "+inf", FLOOR / len(starts), start=0, num=MOST_CANDIDATES)
    return sorted({key for hour in await pipeline.execute() for key in hour})


async def read_hours(
    redis: Redis, of: Of, starts: Sequence[datetime], volumes: Sequence[int], keys: list[str]
) -> list[CountedHour]:
    """Return hours with the hashtags ``keys``; ``volumes`` are all posts of each hour.

    Raises:
        RedisError, OSError: Redis is away.
    """
    if not keys:
        return [CountedHour(start, Stretch(posts)) for start, posts in zip(starts, volumes, strict=True)]
    pipeline = redis.pipeline(transaction=False)
    for start in starts:
        counts, authors = _names(of, start)
        pipeline.zrevrange(counts, HOUR_HASHTAGS - 1, HOUR_HASHTAGS - 1, withscores=True)
        pipeline.zmscore(counts, keys)
        pipeline.exists(authors)
        pipeline.zmscore(authors, keys)
    answers = await pipeline.execute()
    of_hours = zip(answers[::4], answers[1::4], answers[2::4], answers[3::4], strict=True)
    return [
        _counted(start, posts, keys, of_hour) for start, posts, of_hour in zip(starts, volumes, of_hours, strict=True)
    ]


def _names(of: Of, start: datetime) -> tuple[str, str]:
    of_hour = of.source, start.date(), start.hour, of.language
    return redis_names.hour_counts(*of_hour), redis_names.hour_authors(*of_hour)


def _counted(start: datetime, posts: int, keys: list[str], of_hour: tuple[Any, ...]) -> CountedHour:
    last_kept, posts_of, tells_authors, authors_of = of_hour
    unknown = last_kept[0][1] if last_kept else 0.0
    return CountedHour(
        start,
        Stretch(posts, _known(keys, posts_of), unknown),
        Stretch(posts, _known(keys, authors_of), unknown) if tells_authors else None,
    )


def _known(keys: list[str], scores: list[float | None]) -> dict[str, float]:
    return {key: score for key, score in zip(keys, scores, strict=True) if score is not None}
