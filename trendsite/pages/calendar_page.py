"""/days/: a calendar of a year's days, each with its winner."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from itertools import groupby
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from redis.asyncio import Redis

from trendsite.pages.query_params import number_param, selection_param
from trendsite.pages.rendering import (
    calendar_address,
    is_unknown,
    render_page,
    render_unknown_source,
    shown_source,
    source_links,
)
from trendsite.queries.groups import (
    Selection,
    SourceNames,
    all_networks,
    latest_day,
    possible_sources,
    running_names,
)
from trendsite.queries.known_sources import archived_sources
from trendsite.queries.past_days import ListedDay, archived_days, list_open_days, neighbouring_years
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

_MAX_DAYS = 366


@dataclass(frozen=True)
class Cell:
    """One date of a month; ``day`` is None if the source has no such day."""

    date: date
    day: ListedDay | None


@dataclass(frozen=True)
class Month:
    """A month from its first date to its last; ``starts_on`` is the weekday of the first, 1 for Monday."""

    first: date
    starts_on: int
    cells: list[Cell]


@dataclass(frozen=True)
class _CalendarData:
    """The state of the pipeline, the selected sources, and their days in Redis that are not archived yet."""

    selected: Selection
    pipeline: PipelineStatus
    names: SourceNames
    open_days: Sequence[ListedDay]


@require_safe
async def calendar(request: HttpRequest) -> HttpResponse:
    """Return the calendar of ``?year=2026&source=x``, by default of the newest year of the sources on the board.

    It is 404 for a source without days.
    """
    selected = selection_param(request.GET)
    try:
        async with open_redis(timeout=1.0) as redis:
            data = await _read_open_days(redis, selected)
    except REDIS_IS_AWAY:
        # The archive needs neither Redis nor the pipeline.
        names = await sync_to_async(possible_sources)(selected, ())
        data = _CalendarData(selected, REDIS_AWAY, names, [])
    return await sync_to_async(_respond)(request, data)


async def _read_open_days(redis: Redis, selected: Selection) -> _CalendarData:
    pipeline = await read_pipeline_status(redis)
    names = await sync_to_async(possible_sources)(selected, running_names(pipeline))
    latest = latest_day(pipeline, names)
    open_days = await list_open_days(redis, names, latest) if latest else []
    return _CalendarData(selected, pipeline, names, open_days)


def _respond(request: HttpRequest, data: _CalendarData) -> HttpResponse:
    running, archived = running_names(data.pipeline), archived_sources()
    known = {*archived, *running}
    if is_unknown(data.selected, known):
        return render_unknown_source(request, data.selected, known, redis=data.pipeline.redis)
    names = tuple(name for name in data.names if name in known)
    links = source_links(known, names, calendar_address, all_networks(running, known))
    newest = max((archived[name] for name in names if name in archived), default=None)
    context = {
        **_year_context(request, data, newest),
        "latest": latest_day(data.pipeline, data.names),
        "source": shown_source(links, names, data.pipeline) if names else None,
        "sources": links,
        "others": [link for link in links if not link.is_shown and link.source.name in archived],
        "has_archived": newest is not None,
        "carried": urlencode(data.selected.query, safe=","),
    }
    return render_page(request, "pages/calendar.html", context)


def _year_context(request: HttpRequest, data: _CalendarData, newest: date | None) -> dict[str, object]:
    """Return the year, its months, and the nearest years before and after it that have a day."""
    dates = [*(day.date for day in data.open_days), *([newest] if newest else [])]
    year = number_param(request.GET, "year", 1, MAXYEAR) or (max(dates).year if dates else None)
    if year is None:
        return {"year": None, "months": []}
    archived = archived_days(data.names, date(year + 1, 1, 1) if year < MAXYEAR else None, _MAX_DAYS)
    # A day that only some of the networks have archived is still open.
    days = {day.date: day for day in [*archived, *data.open_days] if day.date.year == year}
    before, after = neighbouring_years(data.names, year)
    years = {day.date.year for day in data.open_days} | {other for other in (before, after) if other}
    return {
        "year": year,
        "months": months_of(days.values()),
        "earlier": max((other for other in years if other < year), default=None),
        "later": min((other for other in years if other > year), default=None),
    }


def months_of(days: Iterable[ListedDay]) -> list[Month]:
    """Return each month that has a day, newest first."""
    in_order = sorted(days, key=lambda day: day.date)
    by_month = groupby(in_order, key=lambda day: day.date.replace(day=1))
    return [_month(first, list(of_month)) for first, of_month in by_month][::-1]


def _month(first: date, days: list[ListedDay]) -> Month:
    by_date = {day.date: day for day in days}
    dates = [first.replace(day=number) for number in range(1, monthrange(first.year, first.month)[1] + 1)]
    return Month(first, first.isoweekday(), [Cell(date, by_date.get(date)) for date in dates])
