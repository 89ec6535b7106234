"""The rank of a hashtag among all of a day, of one source or of several networks together. Hidden ones do not count."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

from django.db.models import Sum
from redis.asyncio import Redis

from contract import redis_names
from contract.language import ALL_LANGUAGES
from trendsite.archive.models import DayCount
from trendsite.queries.hiding import Hides, hides_in
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.sorted_sets import scores


async def read_rank(redis: Redis, days: Sequence[SourceDay], key: str, posts: int) -> int:
    """Return the rank of a hashtag with so many posts: after all with more, and after equal ones with a smaller key.

    Raises:
        RedisError, OSError: Redis is away.
    """
    names = [redis_names.counts(day.source, day.day, ALL_LANGUAGES) for day in days]
    hides = hides_in([ALL_LANGUAGES], datetime.now(UTC))
    if len(names) > 1:
        return await _rank_in_several(redis, names, key, posts, hides)
    if hides:
        return await _rank_among_visible(redis, names[0], key, posts, hides)
    return await _rank_in_one(redis, names[0], key, posts)


async def _rank_in_one(redis: Redis, name: str, key: str, posts: int) -> int:
    """Return the rank in one sorted set: Redis counts from the fewest posts, and orders equal ones by key as we do."""
    pipeline = redis.pipeline(transaction=True)
    pipeline.zcount(name, f"({posts}", "+inf")
    pipeline.zcount(name, "-inf", f"({posts}")
    pipeline.zrank(name, key)
    above, below, place = await pipeline.execute()
    # If its posts have grown since they were read, its place among equal ones is the first.
    equal_before = 0 if place is None else place - below
    return int(above + 1 + equal_before)


async def _rank_among_visible(redis: Redis, name: str, key: str, posts: int, hides: Hides) -> int:
    pipeline = redis.pipeline(transaction=True)
    pipeline.zrangebyscore(name, f"({posts}", "+inf")
    pipeline.zrangebyscore(name, posts, posts)
    above, equal = await pipeline.execute()
    return 1 + sum(not hides(other) for other in [*above, *(other for other in equal if other < key)])


async def _rank_in_several(redis: Redis, names: Sequence[str], key: str, posts: int, hides: Hides | None) -> int:
    """Add up the hashtags that can have as many posts: in one of the sets they have their share of them."""
    pipeline = redis.pipeline(transaction=False)
    for name in names:
        pipeline.zrangebyscore(name, posts / len(names), "+inf")
    others = sorted({other for found in await pipeline.execute() for other in found if other != key})
    summed = zip(others, await scores(redis, names, others, sum), strict=True)
    return 1 + sum(_is_before(other, number, key, posts, hides) for other, number in summed)


def archived_rank(sources: Collection[str], day: date, language: str, key: str, posts: int) -> int:
    """Return the rank of a hashtag with so many posts among the stored hashtags of several archived sources."""
    rows = DayCount.objects.filter(day__source__in=sources, day__date=day, language=language).exclude(key=key)
    summed = rows.values("key").annotate(total=Sum("posts")).filter(total__gte=posts).order_by()
    hides = hides_in([language], datetime.now(UTC))
    return 1 + sum(_is_before(*other, key, posts, hides) for other in summed.values_list("key", "total"))


def _is_before(other: str, number: int, key: str, posts: int, hides: Hides | None) -> bool:
    return (-number, other) < (-posts, key) and not (hides and hides(other))
