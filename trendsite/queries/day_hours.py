"""The posts of each hour of a date: of a language and of some hashtags, of one source or of several networks."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS
from contract.language import ALL_LANGUAGES
from trendsite.archive.models import DayCount, DayLanguage
from trendsite.queries.groups import DayGroup
from trendsite.queries.minutes import add_up_hours, known_hours
from trendsite.queries.pipeline_status import SourceDay

Hours = list[int | None]
"""The posts of the 24 UTC hours; None where nothing was collected, where they are not stored, and still to come."""


@dataclass(frozen=True)
class DayHours:
    """The hours of a date in one language: all posts, and those of each hashtag by key. Both can be unknown."""

    of_all: Hours = field(default_factory=lambda: [None] * HOURS)
    of_hashtags: Mapping[str, Hours] = field(default_factory=dict)


async def read_hours(redis: Redis | None, group: DayGroup, language: str, keys: Collection[str]) -> DayHours:
    """Return the hours of a date in a language (``*`` for all) and of the hashtags ``keys``, networks added up.

    Open days come from Redis, which has the first 1,000 hashtags of an hour: a hashtag without a count has 0.

    Raises:
        RedisError, OSError: Redis is away.
    """
    of_each = await sync_to_async(_archived)(group, language, keys)
    if redis:
        of_each += [await _open(redis, group.of_source(name), language, list(keys)) for name in group.open]
    if not of_each or len(of_each) < len(group.names):
        return DayHours()
    hashtags = defaultdict[str, list[Hours]](list)
    for hours in of_each:
        for key, of_hashtag in hours.of_hashtags.items():
            hashtags[key].append(of_hashtag)
    added_up = {key: add_up_hours(found) for key, found in hashtags.items()}
    return DayHours(add_up_hours([hours.of_all for hours in of_each]), added_up)


def _archived(group: DayGroup, language: str, keys: Collection[str]) -> list[DayHours]:
    """Return the hours of each archived source that has the language."""
    of_date = {"day__date": group.day, "day__source__in": group.archived}
    totals = DayLanguage.objects.filter(**of_date, language__in={ALL_LANGUAGES, language}, hours__isnull=False)
    of_days: defaultdict[int, dict[str, list[int]]] = defaultdict(dict)
    for day, of_language, hours in totals.order_by("day__source").values_list("day_id", "language", "hours"):
        of_days[day][of_language] = hours or []
    rows = DayCount.objects.filter(day__in=of_days, language=language, key__in=keys, hours__isnull=False)
    of_hashtags: defaultdict[int, dict[str, list[int]]] = defaultdict(dict)
    for day, key, hours in rows.order_by().values_list("day_id", "key", "hours"):
        of_hashtags[day][key] = hours or []
    return [
        _known(hours[language], of_hashtags[day], hours.get(ALL_LANGUAGES))
        for day, hours in of_days.items()
        if language in hours
    ]


async def _open(redis: Redis, of_day: SourceDay, language: str, keys: list[str]) -> DayHours:
    pipeline = redis.pipeline(transaction=False)
    for hour in range(HOURS):
        pipeline.zmscore(redis_names.hour_posts(of_day.source, of_day.day, hour), [ALL_LANGUAGES, language])
        if keys:
            pipeline.zmscore(redis_names.hour_counts(of_day.source, of_day.day, hour, language), keys)
    answers: list[list[Any]] = await pipeline.execute()
    totals = answers[:: 2 if keys else 1]
    counts = answers[1::2] if keys else []
    hashtags = {key: [_posts(hour[number]) for hour in counts] for number, key in enumerate(keys)}
    return _known([_posts(posts) for _, posts in totals], hashtags, [_posts(posts) for posts, _ in totals])


def _posts(score: float | None) -> int:
    return int(score or 0)


def _known(of_language: Sequence[int], hashtags: Mapping[str, Sequence[int]], of_all: Sequence[int] | None) -> DayHours:
    return DayHours(
        known_hours(of_language, of_all), {key: known_hours(hours, of_all) for key, hours in hashtags.items()}
    )
