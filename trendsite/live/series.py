"""One hashtag's day, hour by hour, as far as Redis holds it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import msgspec
from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS
from trendsite.live.pipeline import Shown, read_clock
from trendsite.live.spellings import read_spellings


class HashtagDay(msgspec.Struct):
    """A hashtag's day in some languages (``["*"]`` for all).

    ``hours`` are the posts of the 24 UTC hours, None for one still to come and one that Redis holds
    no more; ``authors`` is about how many distinct authors it had, None where that is unknown and
    for several languages, which may share authors.
    """

    day: date
    key: str
    hashtag: str
    languages: list[str]
    posts: int
    authors: int | None
    hours: list[int | None]


@dataclass(frozen=True)
class _InLanguage:
    """What Redis holds of a hashtag in one language; None is what it does not hold."""

    posts: int | None
    authors: int | None
    hours: list[int | None]


async def read_hashtag_day(redis: Redis, shown: Shown, key: str, languages: tuple[str, ...]) -> HashtagDay | None:
    """Return the day of the hashtag ``key``, posts of several languages added up; None when it is in none.

    Raises:
        RedisError, OSError: Redis is away.
    """
    found = [await _read_language(redis, shown, key, language) for language in languages]
    if all(language.posts is None for language in found):
        return None
    (hashtag,) = await read_spellings(redis, shown.source, [shown.day], [key])
    begun = _hours_begun(shown.day, await read_clock(redis, shown))
    by_language = [_filled(language, begun) for language in found]
    return HashtagDay(
        day=shown.day,
        key=key,
        hashtag=hashtag,
        languages=list(languages),
        posts=sum(language.posts or 0 for language in found),
        authors=found[0].authors if len(found) == 1 else None,
        hours=[_sum_of_known(hour) for hour in zip(*by_language, strict=True)],
    )


async def _read_language(redis: Redis, shown: Shown, key: str, language: str) -> _InLanguage:
    pipeline = redis.pipeline(transaction=True)
    for hour in range(HOURS):
        pipeline.zscore(redis_names.hour_counts(shown.source, shown.day, hour, language), key)
    pipeline.zscore(redis_names.counts(shown.source, shown.day, language), key)
    pipeline.zscore(redis_names.authors(shown.source, shown.day, language), key)
    *hours, posts, authors = [_whole(score) for score in await pipeline.execute()]
    return _InLanguage(posts, authors, hours)


def _whole(score: float | None) -> int | None:
    return None if score is None else int(score)


def _hours_begun(day: date, clock: datetime) -> int:
    """Return how many hours of the day had begun at ``clock``."""
    elapsed = clock - datetime.combine(day, time.min, UTC)
    return max(0, min(HOURS, int(elapsed.total_seconds() // 3600) + 1))


def _filled(found: _InLanguage, begun: int) -> list[int | None]:
    """Say 0 for the hours that are not there, where those that are make up all posts.

    Otherwise some of them are lost, to their time to live or among the many small, and nobody knows which.
    """
    is_whole = sum(filter(None, found.hours)) >= (found.posts or 0)
    return [0 if posts is None and is_whole and hour < begun else posts for hour, posts in enumerate(found.hours)]


def _sum_of_known(hour: tuple[int | None, ...]) -> int | None:
    known = [posts for posts in hour if posts is not None]
    return sum(known) if len(known) == len(hour) else None
