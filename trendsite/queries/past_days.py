"""The days of a source or of several: the list with each winner, and the years that have days.

Archived days come from the database, open days from Redis. Several sources are networks; their posts are added up.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby, islice
from typing import Any, TypeVar

import msgspec
from asgiref.sync import sync_to_async
from django.db.models import F, FilteredRelation, Max, Q, QuerySet, Sum
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from contract.redis_names import DAY_TTL
from trendsite.archive.models import Day, DayCount
from trendsite.queries.choice import EVERYTHING
from trendsite.queries.day_rankings import read_day_ranking, read_posts_of_each
from trendsite.queries.groups import DayGroup, find_group
from trendsite.queries.hiding import Hides, hides_in
from trendsite.sources import SourceKind, joined, kind_of

_CACHED_WINNERS = 4_000
"""Ten years of days. Adding up the hashtags of one takes some milliseconds."""

_CACHED_PLACES = 20


class Winner(msgspec.Struct):
    """A day's most used hashtag in all languages."""

    key: str
    hashtag: str
    posts: int


class ListedDay(msgspec.Struct):
    """A day: all its posts, and its winner, None if no post had a hashtag. ``kind`` is the source's.

    Of several networks ``source`` has their names with commas and ``networks`` the posts of each, and the day is final
    once it is archived of all of them. ``networks`` is absent for one source.
    """

    date: date
    source: str
    posts: int
    final: bool
    winner: Winner | None
    kind: SourceKind = "live"
    networks: dict[str, int] | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        """Take the kind from the source."""
        self.kind = kind_of(self.source)


AnyDay = TypeVar("AnyDay", bound=ListedDay)


async def list_days(
    redis: Redis | None, names: Collection[str], latest: date | None, before: date | None, limit: int
) -> list[ListedDay]:
    """Return at most ``limit`` days of some sources, open and archived ones, newest first.

    ``latest`` is the latest open day, None if none of the sources runs; without Redis only archived days are found.

    Raises:
        RedisError, OSError: Redis is away.
    """
    open_days = await list_open_days(redis, names, latest) if redis and latest else []
    found = {day.date: day for day in await sync_to_async(archived_days)(names, before, limit)}
    # A day that only some of the networks have archived is still open.
    found |= {day.date: day for day in open_days if before is None or day.date < before}
    return [found[day] for day in sorted(found, reverse=True)][:limit]


async def list_open_days(redis: Redis, names: Collection[str], latest: date) -> list[ListedDay]:
    """Return the days up to ``latest`` that Redis has of some sources and that not all of them have archived.

    Raises:
        RedisError, OSError: Redis is away.
    """
    ages = range(timedelta(seconds=DAY_TTL).days + 1)
    groups = [await find_group(redis, names, latest - timedelta(days=age)) for age in ages]
    return [day for group in groups if group.open and (day := await read_listed_day(redis, group))]


async def read_listed_day(redis: Redis | None, group: DayGroup) -> ListedDay | None:
    """Return a date of a group of sources, archived or open; None if it has none.

    Raises:
        RedisError, OSError: Redis is away.
    """
    ranking = await read_day_ranking(redis, group, EVERYTHING, 1, datetime.now(UTC))
    if ranking is None:
        return None
    winner = next((Winner(first.key, first.hashtag, first.posts) for first in ranking.top), None)
    listed = ListedDay(group.day, group.source, ranking.posts, final=group.is_final, winner=winner)
    return of_several(listed, await read_posts_of_each(redis, group))


def archived_days(sources: Collection[str], before: date | None, limit: int) -> list[ListedDay]:
    """Return at most ``limit`` archived days of some sources, before a date if it is given, newest first."""
    archived = Day.objects.filter(source__in=sources)
    earlier = archived.filter(date__lt=before) if before else archived
    everything = FilteredRelation("languages", condition=Q(languages__language=ALL_LANGUAGES))
    first = FilteredRelation("counts", condition=Q(counts__language=ALL_LANGUAGES, counts__rank=1))
    days = earlier.annotate(everything=everything, first=first)
    columns = (F("everything__posts"), F("everything__pk"), F("first__key"), F("first__hashtag"), F("first__posts"))
    rows = days.order_by("-date", "source").values_list("date", "source", "pk", *columns)[: limit * len(sources)]
    by_date = groupby(rows, key=lambda row: row[0])
    hides = hides_in(EVERYTHING.languages, datetime.now(UTC))
    return [_listed(day, list(of_date), hides) for day, of_date in islice(by_date, limit)]


def _listed(day: date, rows: Sequence[tuple[Any, ...]], hides: Hides | None) -> ListedDay:
    """Return the day of (date, source, row, posts, row of the total, then the first place) of each source."""
    posts = {source: of_source or 0 for _, source, _, of_source, *_ in rows}
    _, _, _, _, _, *first = rows[0]
    if len(rows) > 1:
        winner = _winner_of_several(tuple((row, total) for _, _, row, _, total, *_ in rows), hides)
    else:
        winner = Winner(*first) if first[0] is not None else None
        if winner and hides and hides(winner.key):
            winner = _first_visible(_ranked([rows[0][2]]), hides)
    return of_several(ListedDay(day, joined(posts), sum(posts.values()), final=True, winner=winner), posts)


def of_several(listed: AnyDay, posts: Mapping[str, int]) -> AnyDay:
    """Return the day with the posts of each network, if there are several."""
    if len(posts) > 1:
        listed.networks = dict(posts)
    return listed


def _winner_of_several(days: tuple[tuple[int, int | None], ...], hides: Hides | None) -> Winner | None:
    """Return the first visible hashtag of several archived days. Few days have more hidden ones than are cached."""
    most_used = _most_used(days)
    found = _first_visible(most_used, hides)
    if found or len(most_used) < _CACHED_PLACES:
        return found
    return _first_visible(_ranked([day for day, _ in days]), hides)


def _first_visible(ranked: Iterable[tuple[str, str, int]], hides: Hides | None) -> Winner | None:
    return next((Winner(*row) for row in ranked if not (hides and hides(row[0]))), None)


@lru_cache(maxsize=_CACHED_WINNERS)
def _most_used(days: tuple[tuple[int, int | None], ...]) -> list[tuple[str, str, int]]:
    """Return (key, hashtag, posts) of the most used hashtags of archived days, each (row, row of its total).

    A day that is archived again gets new rows of totals, so it is read again.
    """
    return list(_ranked([day for day, _ in days])[:_CACHED_PLACES])


def _ranked(days: Sequence[int]) -> QuerySet[DayCount, tuple[str, str, int]]:
    rows = DayCount.objects.filter(day__in=days, language=ALL_LANGUAGES).values("key")
    summed = rows.annotate(total=Sum("posts"), shown=Max("hashtag"))
    return summed.order_by("-total", "key").values_list("key", "shown", "total")


def neighbouring_years(sources: Collection[str], year: int) -> tuple[int | None, int | None]:
    """Return the nearest years before and after a year in which some sources have archived days."""
    dates = Day.objects.filter(source__in=sources).values_list("date", flat=True)
    before = dates.filter(date__lt=date(year, 1, 1)).order_by("-date").first()
    after = dates.filter(date__gt=date(year, 12, 31)).order_by("date").first()
    return before.year if before else None, after.year if after else None


def neighbouring_days(sources: Collection[str], day: date) -> tuple[date | None, date | None]:
    """Return the nearest archived days of some sources before and after a day."""
    dates = Day.objects.filter(source__in=sources).values_list("date", flat=True)
    before = dates.filter(date__lt=day).order_by("-date").first()
    return before, dates.filter(date__gt=day).order_by("date").first()
