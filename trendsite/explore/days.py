"""/days/: a calendar of a year's days, each with its winner."""

from datetime import date

from asgiref.sync import sync_to_async
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from trendsite.api.archived import default_source
from trendsite.explore.asked import source_of, whole_number
from trendsite.explore.months import months_of
from trendsite.explore.page import page
from trendsite.history.days import ListedDay, list_archived_days, list_open_days
from trendsite.history.models import Day
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown, read_pipeline

_MOST_DAYS = 366
_LAST_YEAR = 9_998


@require_safe
async def days(request: HttpRequest) -> HttpResponse:
    """Return the calendar of ``?year=2026``, without one of the newest year that has a day."""
    shown, open_days = await _read_open()
    source = source_of(request.GET) or await sync_to_async(default_source)(shown) or ""
    open_days = [day for day in open_days if day.source == source]
    first, last = await sync_to_async(_span)(source, open_days)
    year = whole_number(request.GET, "year", 1, _LAST_YEAR) or (last.year if last else None)
    archived = await list_archived_days(source, date(year + 1, 1, 1), _MOST_DAYS) if year else []
    # What is archived is final, even while Redis still holds it.
    found = {day.date: day for day in [*open_days, *archived] if day.date.year == year}
    context = {
        "year": year,
        "months": months_of(found.values()),
        "today": shown.day if shown and shown.source == source else None,
        "earlier": year - 1 if year and first and first.year < year else None,
        "later": year + 1 if year and last and last.year > year else None,
        "source": source,
        "sources": Day.objects.order_by("source").values_list("source", flat=True).distinct(),
        "asked_source": source_of(request.GET),
    }
    return await sync_to_async(page)(request, "explore/days.html", context)


async def _read_open() -> tuple[Shown | None, list[ListedDay]]:
    """Return what the board shows and the days of its source in Redis; the archive needs neither."""
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
            return shown, await list_open_days(redis, shown) if shown else []
    except REDIS_IS_AWAY:
        return None, []


def _span(source: str, open_days: list[ListedDay]) -> tuple[date | None, date | None]:
    """Return the first and the last day there is."""
    span = Day.objects.filter(source=source).aggregate(first=Min("date"), last=Max("date"))
    known = [day for day in (*span.values(), *(day.date for day in open_days)) if day]
    return (min(known), max(known)) if known else (None, None)
