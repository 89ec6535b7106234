"""The days of a range, wherever they are: archived ones in the database, open ones in Redis, and what is missing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from asgiref.sync import sync_to_async
from django.db.models import FilteredRelation, Q, Sum
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from contract.ranking import Ranking
from contract.redis_names import DAY_TTL
from trendsite.archive.models import STORED_RANKS, Day, DayLanguage
from trendsite.queries.choice import Choice
from trendsite.queries.day_rankings import read_day_ranking
from trendsite.queries.groups import DayGroup, find_group
from trendsite.queries.periods import Period
from trendsite.queries.range_sums import DayList


@dataclass(frozen=True)
class ArchivedDay:
    """A day of one source: its posts in the shown language, its hours without any post, its known gaps.

    ``empty_hours`` is None if the hours were not counted.
    """

    list: DayList
    posts: int
    empty_hours: int | None
    known_gaps: int


@dataclass(frozen=True)
class RangeDays:
    """The days of a range that some sources have, archived or open, of each date one ranking if it is open.

    A date of which only some of the networks are archived is open.
    """

    archived: Sequence[ArchivedDay] = ()
    open: Mapping[date, Ranking] = field(default_factory=dict)
    open_sources: Mapping[date, Collection[str]] = field(default_factory=dict)

    @property
    def final(self) -> list[ArchivedDay]:
        """The archived days of dates that are not open."""
        return [day for day in self.archived if day.list.date not in self.open]

    def sources(self) -> list[str]:
        """Return the sources that have a day."""
        of_open = (name for names in self.open_sources.values() for name in names)
        return sorted({*(day.list.source for day in self.archived), *of_open})


def archived_days_of(sources: Collection[str], period: Period, language: str) -> list[ArchivedDay]:
    """Return the archived days of some sources in a period, oldest first."""
    days = Day.objects.filter(source__in=sources, date__range=(period.first, period.last))
    everything = FilteredRelation("languages", condition=Q(languages__language=ALL_LANGUAGES))
    shown = FilteredRelation("languages", condition=Q(languages__language=language))
    columns = ("date", "source", "pk", "shown__pk", "shown__posts", "everything__hours", "known_gaps")
    rows = days.annotate(everything=everything, shown=shown).order_by("date", "source").values_list(*columns)
    return [
        ArchivedDay(
            DayList(day, source, pk, total_pk),
            posts or 0,
            None if hours is None else hours.count(0),
            len(known_gaps or ()),
        )
        for day, source, pk, total_pk, posts, hours, known_gaps in rows
    ]


async def read_range_days(
    redis: Redis | None, sources: Collection[str], period: Period, language: str, latest: date | None
) -> RangeDays:
    """Return the days of a period. ``latest`` is the latest open day, None if none of the sources runs.

    Raises:
        RedisError, OSError: Redis is away.
    """
    archived = await sync_to_async(archived_days_of)(sources, period, language)
    if redis is None or latest is None:
        return RangeDays(archived)
    groups = [await find_group(redis, sources, day) for day in _possibly_open(period, latest)]
    rankings = {
        group.day: ranking
        for group in groups
        if group.open and (ranking := await _read_open(redis, group, language)) is not None
    }
    return RangeDays(archived, rankings, {group.day: group.names for group in groups if group.day in rankings})


def _possibly_open(period: Period, latest: date) -> Iterable[date]:
    ages = range(timedelta(seconds=DAY_TTL).days + 1)
    days = (latest - timedelta(days=age) for age in ages)
    return [day for day in days if period.first <= day <= period.last]


async def _read_open(redis: Redis, group: DayGroup, language: str) -> Ranking | None:
    choice = Choice("day", (language,))
    return await read_day_ranking(redis, group, choice, STORED_RANKS, datetime.now(UTC))


def archived_months(sources: Collection[str]) -> list[date]:
    """Return the first of each month in which some sources have an archived day, oldest first."""
    dates = Day.objects.filter(source__in=sources).order_by("date").values_list("date", flat=True)
    return sorted({day.replace(day=1) for day in dates})


def posts_by_language(sources: Collection[str], period: Period) -> dict[str, int]:
    """Return the posts of each language on the archived days of a period: ``*``, then most posts first."""
    rows = DayLanguage.objects.filter(day__source__in=sources, day__date__range=(period.first, period.last))
    totals = dict(rows.order_by("language").values_list("language").annotate(Sum("posts")))
    return dict(sorted(totals.items(), key=lambda total: (total[0] != ALL_LANGUAGES, -total[1], total[0])))


def sources_in(period: Period) -> list[str]:
    """Return the sources that have archived a day of a period."""
    days = Day.objects.filter(date__range=(period.first, period.last))
    return list(days.order_by("source").values_list("source", flat=True).distinct())
