"""The search for hashtags by the beginning of their key: today's from Redis, archived ones from the database.

Indexes answer, whatever the number of days. Days archived before the present folding rule keep the keys of their time
(NFKC and casefold alone), so the search also tries those.
"""

import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
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
from contract.redis_names import DAY_HASHTAGS
from trendsite.archive.models import DayCount
from trendsite.queries.groups import Selection, SourceNames, latest_day, possible_sources, running_days, running_names
from trendsite.queries.hiding import Hides, hides_in
from trendsite.queries.known_sources import archived_sources
from trendsite.queries.pipeline_status import PipelineStatus, SourceDay, read_pipeline_status
from trendsite.queries.rankings import read_spellings
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.queries.sorted_sets import Counts, to_counts
from trendsite.sources import SourceKind, joined, source_named

MAX_KEYS = 10
"""Hashtags that the admin's search finds by their beginning; a longer beginning finds others."""

CACHE_SECONDS = 5.0
"""How long one reading of today's hashtags is reused, so that typing costs Redis nothing."""

_LAST_CHARACTER = "\U0010ffff"


class FoundHashtag(msgspec.Struct):
    """A hashtag, and its posts on a day: today, or else the archived day on which it had the most.

    ``source``, ``source_title`` and ``kind`` are the name, title and kind of the source of that day; of several
    networks ``source`` has their names with commas.
    """

    key: str
    hashtag: str
    posts: int
    day: date
    source: str
    source_title: str = ""
    kind: SourceKind = "live"

    def __post_init__(self) -> None:
        """Take title and kind from the source."""
        source = source_named(self.source)
        self.source_title, self.kind = source.title, source.kind


@dataclass
class _Today:
    """The latest reading of today's hashtags of some sources, most posts first."""

    days: Sequence[SourceDay] = ()
    counts: Counts = field(default_factory=list)
    read_at: float = 0.0


_today = _Today()


def clear_today_cache() -> None:
    """Read today's hashtags anew at the next search."""
    _today.days = ()


def possible_key(typed: str) -> str | None:
    """Return the key of a typed hashtag, None if no hashtag can have it."""
    key = fold(typed.strip())
    return key if 0 < len(key) <= MAX_HASHTAG_CHARACTERS and "\0" not in key else None


def key_prefixes(typed: str) -> list[str]:
    """Return the beginnings of keys that a text stands for: by the present folding rule, then by the earlier one."""
    earlier = unicodedata.normalize("NFKC", typed.strip()).lstrip("#").casefold()
    keys = dict.fromkeys((fold(typed.strip()), earlier))
    return [key for key in keys if 0 < len(key) <= MAX_HASHTAG_CHARACTERS]


def earlier_key(typed: str) -> str | None:
    """Return the key by the earlier folding rule, None if the present rule gives the same."""
    return next((key for key in key_prefixes(typed) if key != fold(typed.strip())), None)


def archived_key(typed: str) -> str:
    """Return the key of a hashtag: the earlier one if it differs and archived days have it, else the present one."""
    earlier = earlier_key(typed)
    return earlier if earlier and DayCount.objects.filter(key=earlier).exists() else fold(typed.strip())


async def counted_key(typed: str) -> str:
    """Return the key under which a hashtag is counted today or on archived days, the earlier one included."""
    earlier = earlier_key(typed)
    if earlier is None:
        return fold(typed.strip())
    try:
        async with open_redis(timeout=1.0) as redis:
            for shown in running_days(await read_pipeline_status(redis)):
                if await redis.zscore(redis_names.counts(shown.source, shown.day, ALL_LANGUAGES), earlier):
                    return earlier
    except REDIS_IS_AWAY:
        pass
    return await sync_to_async(archived_key)(typed)


def filter_counts(counts: QuerySet[DayCount], typed: str, language: str) -> QuerySet[DayCount]:
    """Return those of some counts that match a search in the admin, in a language.

    A hashtag typed in full matches on all days. Of the first MAX_KEYS longer hashtags with that beginning, only the
    latest day of each matches. Beginnings are looked up among the top hashtags of all languages.
    """
    prefixes = key_prefixes(typed)
    if not prefixes:
        return counts.none()
    longer = Q(*(Q(key__gt=key, key__lt=key + _LAST_CHARACTER) for key in prefixes), _connector=Q.OR)
    among_all = DayCount.objects.filter(longer, language=ALL_LANGUAGES)
    keys = list(among_all.order_by("key").values_list("key", flat=True).distinct()[:MAX_KEYS])
    rows = DayCount.objects.filter(key__in=keys, language=language)
    latest = list(rows.order_by().values_list("key").annotate(Max("day")))
    matching = [Q(key__in=prefixes), *(Q(key=longer, day=day) for longer, day in latest)]
    return counts.filter(Q(*matching, _connector=Q.OR))


@dataclass(frozen=True)
class FoundHashtags:
    """The hashtags that match a text, best first, and the sources that were searched first."""

    hashtags: list[FoundHashtag]
    names: SourceNames

    @property
    def is_elsewhere(self) -> bool:
        """Whether none of these sources has one, so that the hashtags are of another."""
        return any(not set(found.source.split(",")) <= set(self.names) for found in self.hashtags)


async def find_hashtags(typed: str, limit: int, selected: Selection) -> FoundHashtags:
    """Find at most ``limit`` hashtags: today's that begin so, then archived ones, then today's that contain the text.

    They are of the selected sources. If none is selected and the default ones have none, they are of the first other
    source that has some. Without Redis only archived ones are found; hidden ones never are.
    """
    key = possible_key(typed)
    hides = hides_in([ALL_LANGUAGES], datetime.now(UTC))
    try:
        running, beginning, containing = await _find_today(key, limit, hides, selected)
    except REDIS_IS_AWAY:
        running, beginning, containing = (), [], []
    names = await sync_to_async(possible_sources)(selected, running)
    if key is None:
        return FoundHashtags([], names)
    prefixes = key_prefixes(typed)
    archived = await sync_to_async(_find_archived)(names, prefixes, limit, hides) if names else []
    if not (beginning or archived or containing or selected.query):
        archived = await sync_to_async(_find_in_others)(names, prefixes, limit, hides)
    found: dict[str, FoundHashtag] = {}
    for hashtag in (*beginning, *archived, *containing):
        found.setdefault(fold(hashtag.key), hashtag)
    return FoundHashtags(list(found.values())[:limit], names)


async def _find_today(
    key: str | None, limit: int, hides: Hides | None, selected: Selection
) -> tuple[SourceNames, list[FoundHashtag], list[FoundHashtag]]:
    """Return the running sources, and their hashtags that begin with the key and that contain it further inside."""
    async with open_redis(timeout=1.0) as redis:
        pipeline = await read_pipeline_status(redis)
        running = running_names(pipeline)
        days = _days_of_today(pipeline, await sync_to_async(possible_sources)(selected, running))
        if not days or key is None:
            return running, [], []
        today = await _counts_of_today(redis, days)
        beginning = _first_visible((count for count in today if count[0].startswith(key)), limit, hides)
        inside = (count for count in today if key in count[0] and not count[0].startswith(key))
        containing = _first_visible(inside, limit, hides)
        found = await _with_spellings(redis, days, [*beginning, *containing])
        return running, found[: len(beginning)], found[len(beginning) :]


def _days_of_today(pipeline: PipelineStatus, names: SourceNames) -> list[SourceDay]:
    """Return the day of each of some sources that runs, if it is the latest of them."""
    today = latest_day(pipeline, names)
    return [day for day in running_days(pipeline) if day.source in names and day.day == today]


def _first_visible(ranked: Iterable[tuple[str, int]], limit: int, hides: Hides | None) -> Counts:
    return list(islice((count for count in ranked if not (hides and hides(count[0]))), limit))


async def _counts_of_today(redis: Redis, days: Sequence[SourceDay]) -> Counts:
    if _today.days != days or time.monotonic() - _today.read_at > CACHE_SECONDS:
        summed = Counter[str]()
        for day in days:
            name = redis_names.counts(day.source, day.day, ALL_LANGUAGES)
            summed.update(dict(to_counts(await redis.zrevrange(name, 0, DAY_HASHTAGS - 1, withscores=True))))
        _today.counts = summed.most_common()
        _today.days, _today.read_at = days, time.monotonic()
    return _today.counts


async def _with_spellings(redis: Redis, days: Sequence[SourceDay], found: Counts) -> list[FoundHashtag]:
    if not found:
        return []
    keys = [key for key, _ in found]
    of_each = [await read_spellings(redis, day.source, [day.day], keys) for day in days]
    source = joined(day.source for day in days)
    return [
        FoundHashtag(key, _spelling(key, spellings), posts, days[0].day, source)
        for (key, posts), *spellings in zip(found, *of_each, strict=True)
    ]


def _spelling(key: str, spellings: Sequence[str]) -> str:
    """Return the first spelling that is not the key, which stands for a missing one."""
    return next((spelling for spelling in spellings if spelling != key), key)


def _find_in_others(names: SourceNames, prefixes: list[str], limit: int, hides: Hides | None) -> list[FoundHashtag]:
    """Search the archives of all other sources, until one has a match."""
    others = (other for other in archived_sources() if other not in names)
    return next((found for other in others if (found := _find_archived((other,), prefixes, limit, hides))), [])


def _find_archived(names: SourceNames, prefixes: list[str], limit: int, hides: Hides | None) -> list[FoundHashtag]:
    """Search the archive of some sources for keys with one of some beginnings."""
    return [found for prefix in prefixes for found in _find_prefix(names, prefix, limit, hides)]


def _find_prefix(names: SourceNames, prefix: str, limit: int, hides: Hides | None) -> list[FoundHashtag]:
    """Find the best day of each hashtag: first the hashtags, from the index alone, then their rows.

    Of several networks it is the best day in one of them, with the posts of all on that day.
    """
    rows = DayCount.objects.filter(_has_prefix(prefix), language=ALL_LANGUAGES, day__source__in=names)
    by_most = rows.values_list("key").annotate(most=Max("posts")).order_by("-most", "key")
    best = _first_visible(by_most.iterator() if hides else by_most[:limit], limit, hides)
    if not best:
        return []
    matching = Q(*(Q(key=key, posts=posts) for key, posts in best), _connector=Q.OR)
    newest = {row.key: row for row in rows.filter(matching).select_related("day").order_by("day__date")}
    of_days = Q(*(Q(key=key, day__date=row.day.date) for key, row in newest.items()), _connector=Q.OR)
    by_key: dict[str, list[DayCount]] = {}
    for row in rows.filter(of_days).select_related("day"):
        by_key.setdefault(row.key, []).append(row)
    found = [_on_best_day(by_key[key]) for key, _ in best]
    return sorted(found, key=lambda hashtag: (-hashtag.posts, hashtag.key))


def _on_best_day(rows: Sequence[DayCount]) -> FoundHashtag:
    first = max(rows, key=lambda row: row.posts)
    source = joined(row.day.source for row in rows)
    return FoundHashtag(first.key, first.hashtag, sum(row.posts for row in rows), first.day.date, source)


def _has_prefix(prefix: str) -> Q:
    """Return the condition that the index answers: a beginning, or the whole key if too many keys begin so."""
    if len(prefix) == 1 and prefix.isascii():
        return Q(key=prefix)
    if connection.vendor == "sqlite":
        # LIKE in SQLite ignores case, so it cannot use the index, which does not.
        return Q(key__gte=prefix, key__lt=prefix + _LAST_CHARACTER)
    return Q(key__startswith=prefix)
