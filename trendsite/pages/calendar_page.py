"""/days/: the latest days as a list, and a calendar of one month, each day with its winner."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from redis.asyncio import Redis

from trendsite.pages.month_grid import months_of
from trendsite.pages.period_words import PeriodLink, links_around, period_address
from trendsite.pages.query_params import number_param, selection_param
from trendsite.pages.range_page import range_page
from trendsite.pages.rendering import (
    calendar_address,
    is_unknown,
    render_page,
    render_unknown_source,
    shown_source,
    source_links,
    with_query,
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
from trendsite.queries.past_days import ListedDay, archived_days, list_open_days
from trendsite.queries.periods import MOST_DAYS, Period, PeriodError, parse_period, period_between, period_of
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, read_pipeline_status
from trendsite.queries.range_days import archived_months
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

_RECENT_DAYS = 8
"""How many of the latest days are a list: the same weekday a week ago is the last one."""

_MONTH_DAYS = 31


@dataclass(frozen=True)
class _CalendarData:
    """The state of the pipeline, the selected sources, and their days in Redis that are not archived yet."""

    selected: Selection
    pipeline: PipelineStatus
    names: SourceNames
    open_days: Sequence[ListedDay]


@require_safe
async def calendar(request: HttpRequest) -> HttpResponse:
    """Return the calendar of ``?month=2026-11&source=x``, by default of the newest month of the sources on the board.

    ``?year=2025`` shows that year's newest month, ``?from=2026-11-03&to=2026-11-17`` the page of these days. It is 404
    for a source without days.
    """
    error, dates = "", (request.GET.get("from", ""), request.GET.get("to", ""))
    if any(dates):
        period, error = _period_param(*dates)
        if period:
            return await _period_page(request, period)
    data = await _read(selection_param(request.GET))
    return await sync_to_async(_respond)(request, data, error)


async def _read(selected: Selection) -> _CalendarData:
    try:
        async with open_redis(timeout=1.0) as redis:
            return await _read_open_days(redis, selected)
    except REDIS_IS_AWAY:
        # The archive needs neither Redis nor the pipeline.
        names = await sync_to_async(possible_sources)(selected, ())
        return _CalendarData(selected, REDIS_AWAY, names, [])


async def _read_open_days(redis: Redis, selected: Selection) -> _CalendarData:
    pipeline = await read_pipeline_status(redis)
    names = await sync_to_async(possible_sources)(selected, running_names(pipeline))
    latest = latest_day(pipeline, names)
    open_days = await list_open_days(redis, names, latest) if latest else []
    return _CalendarData(selected, pipeline, names, open_days)


def _period_param(first: str, last: str) -> tuple[Period | None, str]:
    """Return the period of two dates as typed, else what is wrong with them."""
    try:
        return period_between(date.fromisoformat(first), date.fromisoformat(last)), ""
    except PeriodError as error:
        if error.reason == "order":
            return None, _("The last day must not be before the first.")
        too_many = ngettext(
            "Choose at most %(most)s days at once, not %(days)s.",
            "Choose at most %(most)s days at once, not %(days)s.",
            MOST_DAYS,
        )
        return None, too_many % {"most": MOST_DAYS, "days": error.days}
    except ValueError:
        return None, _("Give both days as dates, such as 2026-11-21.")


async def _period_page(request: HttpRequest, period: Period) -> HttpResponse:
    """Return the page of a period; one that is a day, week, month or year has an address of its own."""
    if period.kind == "days" and period.days > 1:
        return await range_page(request, period)
    query = {name: request.GET[name] for name in ("languages", "top", "source", "networks") if name in request.GET}
    if period.days == 1:
        return HttpResponseRedirect(with_query(reverse("day-page", args=[period.first]), query))
    return HttpResponseRedirect(period_address(period, query))


def _respond(request: HttpRequest, data: _CalendarData, error: str) -> HttpResponse:
    running, archived = running_names(data.pipeline), archived_sources()
    known = {*archived, *running}
    if is_unknown(data.selected, known):
        return render_unknown_source(request, data.selected, known, redis=data.pipeline.redis)
    names = tuple(name for name in data.names if name in known)
    links = source_links(known, names, calendar_address, all_networks(running, known))
    latest = latest_day(data.pipeline, data.names)
    context = {
        **_month_context(request, data),
        "latest": latest,
        "yesterday": latest - timedelta(days=1) if latest else None,
        "source": shown_source(links, names, data.pipeline) if names else None,
        "sources": links,
        "others": [link for link in links if not link.is_shown and link.source.name in archived],
        "has_archived": any(name in archived for name in names),
        "carried": urlencode(data.selected.query, safe=","),
        "selected": data.selected.query,
        "error": error,
        "typed": {"first": request.GET.get("from", ""), "last": request.GET.get("to", "")},
        "most_days": MOST_DAYS,
    }
    return render_page(request, "pages/calendar.html", context, 400 if error else 200)


def _month_context(request: HttpRequest, data: _CalendarData) -> dict[str, object]:
    """Return the shown month with its days, links to others, and the latest days unless a month is chosen."""
    months = sorted({*archived_months(data.names), *(day.date.replace(day=1) for day in data.open_days)})
    chosen = _chosen_month(request, months)
    shown = chosen or (months[-1] if months else None)
    if shown is None:
        return {"month": None, "recent": []}
    period = period_of("month", shown)
    if period is None:
        return {"month": None, "recent": []}
    days = _days_until(period.last, data)
    return {
        "month": months_of(period.dates, days)[0],
        "has_days": any(period.first <= day <= period.last for day in days),
        "is_chosen": chosen is not None,
        "recent": [] if chosen else [days[day] for day in sorted(days, reverse=True)][:_RECENT_DAYS],
        **_links(shown, months, data.selected.query),
        "around": links_around(max((day for day in days if day <= period.last), default=shown), data.selected.query),
        "first_day": months[0] if months else None,
        "today": datetime.now(UTC).date(),
    }


def _days_until(last: date, data: _CalendarData) -> dict[date, ListedDay]:
    """Return the days up to a date, enough for its month and the list of the latest days."""
    before = last + timedelta(days=1) if last < date.max else None
    archived = archived_days(data.names, before, _MONTH_DAYS + _RECENT_DAYS)
    # A day that only some of the networks have archived is still open.
    return {day.date: day for day in [*archived, *(day for day in data.open_days if day.date <= last)]}


def _chosen_month(request: HttpRequest, months: Sequence[date]) -> date | None:
    """Return the first of the month that an address names; of a year its newest month with a day."""
    if period := parse_period("month", request.GET.get("month", "")):
        return period.first
    year = number_param(request.GET, "year", 1, MAXYEAR)
    if year is None:
        return None
    return max((month for month in months if month.year == year), default=date(year, 12, 1))


def _links(shown: date, months: Collection[date], query: dict[str, str]) -> dict[str, object]:
    """Return links to the nearest months with a day, to the months of the year, and to the years."""
    of_year = [shown.replace(day=1, month=number) for number in range(1, 13)]
    by_year = {month.year: month for month in sorted(months)}
    return {
        "earlier": _month_link(max((month for month in months if month < shown), default=None), query),
        "later": _month_link(min((month for month in months if month > shown), default=None), query),
        "of_year": [
            (date_format(month, "M"), _month_link(month, query, shown) if month in months else None)
            for month in of_year
        ],
        "years": [
            PeriodLink(str(year), _month_address(month, query), is_shown=year == shown.year)
            for year, month in sorted(by_year.items(), reverse=True)
        ],
    }


def _month_link(month: date | None, query: dict[str, str], shown: date | None = None) -> PeriodLink | None:
    if month is None:
        return None
    return PeriodLink(date_format(month, "YEAR_MONTH_FORMAT"), _month_address(month, query), is_shown=month == shown)


def _month_address(month: date, query: dict[str, str]) -> str:
    return with_query(reverse("days-page"), {"month": f"{month.year:04}-{month.month:02}", **query})
