"""Hashtags by the beginning of their key: of today from Redis, of archived days from the database."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice

import msgspec
from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import Max, Q, QuerySet
from redis.asyncio import Redis

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.post import MAX_HASHTAG_CHARACTERS, fold
from trendsite.api.archived import newest_source
from trendsite.history.models import DayCount
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.hidden_now import hides_in
from trendsite.live.hiding import Hides
from trendsite.live.pipeline import Shown, read_pipeline
from trendsite.live.spellings import read_spellings
from trendsite.live.top_places import Counts, counts

READ_OF_TODAY = 5_000
"""How many of today's hashtags are looked through: all that Redis keeps."""

KEPT_SECONDS = 5.0
"""How long what was read of today answers, so that typing costs Redis nothing."""

_LAST_CHARACTER = "\U0010ffff"


class FoundHashtag(msgspec.Struct):
    """A hashtag, and its posts on a day: today, or else the archived day on which it had the most."""

    key: str
    hashtag: str
    posts: int
    day: date


@dataclass
class _Today:
    """The latest reading of today's hashtags, most posts first."""

    shown: Shown | None = None
    counts: Counts = field(default_factory=list)
    read_at: float = 0.0


_today = _Today()


def forget_today() -> None:
    """Read today anew at the next question."""
    _today.shown = None


def possible_key(typed: str) -> str | None:
    """Return the key that a text stands for, None where no hashtag can have it."""
    key = fold(typed.strip())
    return key if 0 < len(key) <= MAX_HASHTAG_CHARACTERS and "\0" not in key else None


async def find_hashtags(typed: str, limit: int) -> list[FoundHashtag]:
    """Return at most ``limit`` hashtags: today's that begin so, then archived ones, then today's that contain it.

    Without Redis, only archived ones; never what is hidden.
    """
    key = possible_key(typed)
    if key is None:
        return []
    hides = hides_in([ALL_LANGUAGES], datetime.now(UTC))
    try:
        shown, beginning, containing = await _of_today(key, limit, hides)
    except REDIS_IS_AWAY:
        shown, beginning, containing = None, [], []
    archived = await sync_to_async(_of_archive)(shown, key, limit, hides)
    found: dict[str, FoundHashtag] = {}
    for hashtag in (*beginning, *archived, *containing):
        found.setdefault(hashtag.key, hashtag)
    return list(found.values())[:limit]


async def _of_today(
    key: str, limit: int, hides: Hides | None
) -> tuple[Shown | None, list[FoundHashtag], list[FoundHashtag]]:
    async with open_redis(timeout=1.0) as redis:
        shown = (await read_pipeline(redis)).shown
        if shown is None:
            return None, [], []
        today = await _counts_of_today(redis, shown)
        beginning = _first_shown((count for count in today if count[0].startswith(key)), limit, hides)
        inside = (count for count in today if key in count[0] and not count[0].startswith(key))
        containing = _first_shown(inside, limit, hides)
        found = await _spelled(redis, shown, [*beginning, *containing])
        return shown, found[: len(beginning)], found[len(beginning) :]


def _first_shown(ranked: Iterable[tuple[str, int]], limit: int, hides: Hides | None) -> Counts:
    return list(islice((count for count in ranked if not (hides and hides(count[0]))), limit))


async def _counts_of_today(redis: Redis, shown: Shown) -> Counts:
    if _today.shown != shown or time.monotonic() - _today.read_at > KEPT_SECONDS:
        name = redis_names.counts(shown.source, shown.day, ALL_LANGUAGES)
        _today.counts = counts(await redis.zrevrange(name, 0, READ_OF_TODAY - 1, withscores=True))
        _today.shown, _today.read_at = shown, time.monotonic()
    return _today.counts


async def _spelled(redis: Redis, shown: Shown, found: Counts) -> list[FoundHashtag]:
    if not found:
        return []
    spellings = await read_spellings(redis, shown.source, [shown.day], [key for key, _ in found])
    return [
        FoundHashtag(key, hashtag, posts, shown.day) for (key, posts), hashtag in zip(found, spellings, strict=True)
    ]


def _of_archive(shown: Shown | None, key: str, limit: int, hides: Hides | None) -> list[FoundHashtag]:
    """Take the best day of each: first which hashtags, from the index alone, then the rows of these."""
    source = shown.source if shown else newest_source()
    rows = DayCount.objects.filter(_beginning_with(key), language=ALL_LANGUAGES, day__source=source)
    by_most = rows.values_list("key").annotate(most=Max("posts")).order_by("-most", "key")
    best = _first_shown(by_most.iterator() if hides else by_most[:limit], limit, hides)
    if not best:
        return []
    wanted = Q(*(Q(key=key, posts=posts) for key, posts in best), _connector=Q.OR)
    return _newest_of_each(rows.filter(wanted), [key for key, _ in best])


def _beginning_with(key: str) -> Q:
    """Return the condition that the index answers: a beginning, or the whole key where too many begin so."""
    if len(key) == 1 and key.isascii():
        return Q(key=key)
    if connection.vendor == "sqlite":
        # SQLite's LIKE knows no case, so the index, which does, is of no use to it.
        return Q(key__gte=key, key__lt=key + _LAST_CHARACTER)
    return Q(key__startswith=key)


def _newest_of_each(rows: QuerySet[DayCount], keys: list[str]) -> list[FoundHashtag]:
    by_key = {row.key: row for row in rows.select_related("day").order_by("day__date")}
    return [FoundHashtag(key, by_key[key].hashtag, by_key[key].posts, by_key[key].day.date) for key in keys]
