"""A few hashtags side by side, day after day or hour after hour, of one source or of several networks together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import msgspec
from asgiref.sync import sync_to_async
from redis.asyncio import Redis

from contract.closed_day import HOURS
from contract.language import ALL_LANGUAGES
from contract.redis_names import DAY_TTL
from trendsite.archive.models import Day
from trendsite.queries.choice import Choice
from trendsite.queries.compared_parts import (
    UNKNOWN,
    Bounds,
    Part,
    archived_parts,
    exactly,
    read_open_part,
    sum_of_networks,
)
from trendsite.queries.day_rankings import read_day_ranking
from trendsite.queries.groups import Selection, find_group, latest_day, possible_sources, running_names
from trendsite.queries.hiding import hides_in
from trendsite.queries.pipeline_status import PipelineStatus, SourceDay
from trendsite.queries.rankings import is_in_redis
from trendsite.sources import SourceKind, joined, kind_of

MAX_HASHTAGS = 5
"""More lines are hard to tell apart."""

MAX_LANGUAGES = 5
MAX_DAYS = 366
MAX_HOURS = 744
"""A month of 31 days."""

DEFAULT_DAYS = 30

_PERCENT_DIGITS = 5


@dataclass(frozen=True)
class ComparisonQuery:
    """What to compare: the keys of at most MAX_HASHTAGS hashtags, in order, in at most MAX_LANGUAGES languages.

    The time is the last ``days``, or the last ``hours`` if these are given, up to the end of ``until``; by default up
    to the latest count.
    """

    keys: tuple[str, ...]
    languages: tuple[str, ...] = (ALL_LANGUAGES,)
    selected: Selection = field(default_factory=Selection)
    days: int = DEFAULT_DAYS
    hours: int | None = None
    until: date | None = None


class ComparedHashtag(msgspec.Struct):
    """One hashtag of a comparison, with a value for each of its ``times``.

    ``posts`` is null where the posts are not known. ``at_most`` is then the most that there can be: on an archived day
    the hashtag was not among the stored ones, and had at most as many posts as the last of them. Where both are null
    nothing is known. ``shares`` are the posts in percent of all posts. A ``hidden`` hashtag has no values.
    """

    key: str
    hashtag: str
    posts: list[int | None]
    at_most: list[int | None]
    shares: list[float | None]
    hidden: bool = False


class HashtagComparison(msgspec.Struct):
    """Some hashtags in the same languages and at the same times, oldest first.

    A time is a UTC date, or the beginning of a UTC hour. ``posts`` are all posts at each time, with or without a
    hashtag, null where nothing was collected or archived. From the time ``counting`` on the counts still grow; it is
    null if all are final. Of several networks ``source`` has their names with commas.
    """

    by: Literal["day", "hour"]
    languages: list[str]
    source: str
    times: list[str]
    posts: list[int | None]
    hashtags: list[ComparedHashtag]
    counting: str | None = None
    kind: SourceKind = "live"

    def __post_init__(self) -> None:
        """Take the kind from the source."""
        self.kind = kind_of(self.source)


def split_hashtags(values: Iterable[str]) -> list[str]:
    """Return the typed hashtags in ``values``, each a hashtag or several with commas, without repetitions."""
    typed = (text.strip() for value in values for text in value.split(","))
    return list(dict.fromkeys(text for text in typed if text))


async def read_comparison(
    redis: Redis | None, pipeline: PipelineStatus, query: ComparisonQuery
) -> HashtagComparison | None:
    """Return a comparison, None if the sources have no day at all. Without Redis it is of archived days.

    Raises:
        RedisError, OSError: Redis is away.
    """
    names = await sync_to_async(possible_sources)(query.selected, running_names(pipeline))
    last = await _last_hour(pipeline, names, query.until)
    if last is None:
        return None
    hides = hides_in(query.languages, datetime.now(UTC))
    hidden = {key for key in query.keys if hides and hides(key)}
    visible = [key for key in query.keys if key not in hidden]
    dates = _dates(query, last)
    parts, sources = await _read_parts(redis, names, dates, visible, query)
    by_date: dict[date, list[Part]] = {day: [] for day in dates}
    for part in parts:
        by_date[part.day].append(part)
    width = HOURS if query.hours else 1
    merged = [_merge(of_date, day, visible, width) for day, of_date in by_date.items()]
    return _comparison(merged, hidden, last, query, joined(sources or names[:1]))


async def read_leaders(redis: Redis | None, pipeline: PipelineStatus, query: ComparisonQuery, number: int) -> list[str]:
    """Return the keys of the most used hashtags of the latest day of the query's sources and languages.

    Raises:
        RedisError, OSError: Redis is away.
    """
    names = await sync_to_async(possible_sources)(query.selected, running_names(pipeline))
    day = query.until or latest_day(pipeline, names) or await sync_to_async(_newest_archived)(names)
    if day is None:
        return []
    choice = Choice("day", tuple(sorted(query.languages)))
    ranking = await read_day_ranking(redis, await find_group(redis, names, day), choice, number, datetime.now(UTC))
    return [place.key for place in ranking.top] if ranking else []


async def _last_hour(pipeline: PipelineStatus, names: Collection[str], until: date | None) -> datetime | None:
    """Return the beginning of the last UTC hour to show."""
    latest = latest_day(pipeline, names)
    clocks = [status.clock for status in pipeline.running if status.clock and status.source in names]
    if latest and (until is None or until >= latest):
        clock = max((clock for clock in clocks if clock.date() == latest), default=_end_of(latest))
        return clock.replace(minute=0, second=0, microsecond=0)
    last = until or latest or await sync_to_async(_newest_archived)(names)
    return _end_of(last) if last else None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(HOURS - 1), UTC)


def _newest_archived(names: Collection[str]) -> date | None:
    newest = Day.objects.filter(source__in=names).order_by("-date").first()
    return newest.date if newest else None


def _dates(query: ComparisonQuery, last: datetime) -> list[date]:
    """Return the dates to read, oldest first; none is before the first date that exists."""
    number = (last - timedelta(hours=query.hours - 1)).date() if query.hours else None
    span = (last.date() - number).days if number else query.days - 1
    span = min(span, last.date().toordinal() - 1)
    return [last.date() - timedelta(days=ago) for ago in range(span, -1, -1)]


async def _read_parts(
    redis: Redis | None, names: Collection[str], dates: Sequence[date], keys: Collection[str], query: ComparisonQuery
) -> tuple[list[Part], set[str]]:
    """Return the parts of some dates, and the sources that have one."""
    by_hour = query.hours is not None
    rows = await sync_to_async(_archived_rows)(names, dates)
    parts = await sync_to_async(archived_parts)(rows, keys, query.languages, by_hour=by_hour)
    sources = {row.source for row in rows}
    if redis is None:
        return parts, sources
    archived = {(row.source, row.date) for row in rows}
    # Redis has no older dates.
    recent = dates[-(timedelta(seconds=DAY_TTL).days + 1) :]
    for of_day in (SourceDay(name, day) for name in names for day in recent if (name, day) not in archived):
        if await is_in_redis(redis, of_day):
            parts.append(await read_open_part(redis, of_day, keys, query.languages, by_hour=by_hour))
            sources.add(of_day.source)
    return parts, sources


def _archived_rows(names: Collection[str], dates: Sequence[date]) -> list[Day]:
    rows = Day.objects.filter(source__in=names, date__gte=dates[0], date__lte=dates[-1])
    return list(rows.only("source", "date").order_by("date", "source"))


def _merge(parts: Sequence[Part], day: date, keys: Collection[str], width: int) -> Part:
    """Add up the parts of a date; without one nothing is known of it."""
    if not parts:
        return Part(day, [None] * width, {key: [UNKNOWN] * width for key in keys}, {})
    spellings: dict[str, str] = {}
    counts: dict[str, list[Bounds]] = {}
    for part in parts:
        spellings |= part.spellings
    for key in keys:
        of_each = zip(*(part.counts[key] for part in parts), strict=True)
        counts[key] = [sum_of_networks(of_time) for of_time in of_each]
    totals = zip(*(part.totals for part in parts), strict=True)
    summed = [sum_of_networks(map(exactly, of_time)).posts for of_time in totals]
    return Part(day, summed, counts, spellings, is_final=all(part.is_final for part in parts))


def _comparison(
    parts: Sequence[Part], hidden: Collection[str], last: datetime, query: ComparisonQuery, source: str
) -> HashtagComparison:
    times = [name for part in parts for name in _times(part.day, by_hour=query.hours is not None)]
    totals = [posts for part in parts for posts in part.totals]
    # The first date may begin before the first hour, and the last one may have hours to come.
    end = len(times) - (HOURS - 1 - last.hour) if query.hours else len(times)
    shown = slice(max(0, end - (query.hours or query.days)), end)
    open_days = [part.day for part in parts if not part.is_final]
    begin = next((name for name in times[shown] if open_days and name >= open_days[0].isoformat()), None)
    return HashtagComparison(
        by="hour" if query.hours else "day",
        languages=list(query.languages),
        source=source,
        times=times[shown],
        posts=totals[shown],
        hashtags=[
            _hidden(key, len(times[shown])) if key in hidden else _compared(key, parts, totals, shown)
            for key in query.keys
        ],
        counting=begin,
    )


def _times(day: date, *, by_hour: bool) -> list[str]:
    return [f"{day.isoformat()}T{hour:02}:00Z" for hour in range(HOURS)] if by_hour else [day.isoformat()]


def _hidden(key: str, length: int) -> ComparedHashtag:
    nothing = [None] * length
    return ComparedHashtag(key, key, [*nothing], [*nothing], [*nothing], hidden=True)


def _compared(key: str, parts: Sequence[Part], totals: Sequence[int | None], shown: slice) -> ComparedHashtag:
    spelling = next((part.spellings[key] for part in reversed(parts) if key in part.spellings), key)
    bounds = [of_time for part in parts for of_time in part.counts[key]][shown]
    shares = [
        round(100 * of_time.posts / total, _PERCENT_DIGITS) if of_time.posts is not None and total else None
        for of_time, total in zip(bounds, totals[shown], strict=True)
    ]
    return ComparedHashtag(
        key, spelling, [of_time.posts for of_time in bounds], [of_time.at_most for of_time in bounds], shares
    )
