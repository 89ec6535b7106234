"""GET /api/v1/days/: the days of a source, newest first, today included, a page at a time."""

from datetime import date

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from trendsite.api.answers import json_answer
from trendsite.api.archived import newest_source
from trendsite.api.query import parse_days_query
from trendsite.history.days import ListedDay, list_archived_days, list_open_days
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import read_pipeline


class Days(msgspec.Struct):
    """A page of days; the next one is asked for with ``before`` the last of them."""

    days: list[ListedDay]


@require_safe
async def days(request: HttpRequest) -> HttpResponse:
    """Return a page of days, or ``{"error": "..."}`` with 400."""
    return await json_answer(_days(request))


async def _days(request: HttpRequest) -> Days:
    query = parse_days_query(request.GET)
    shown_source, open_days = await _open_days()
    source = query.source or shown_source or await sync_to_async(newest_source)()
    if source is None:
        return Days([])
    found = {day.date: day for day in open_days if day.source == source and _is_before(day.date, query.before)}
    # What is archived is final, even while Redis still holds it.
    found |= {day.date: day for day in await list_archived_days(source, query.before, query.limit)}
    return Days([found[day] for day in sorted(found, reverse=True)][: query.limit])


async def _open_days() -> tuple[str | None, list[ListedDay]]:
    """Return the source that the board shows and its days in Redis; without Redis the archive must do."""
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
            return (shown.source, await list_open_days(redis, shown)) if shown else (None, [])
    except REDIS_IS_AWAY:
        return None, []


def _is_before(day: date, before: date | None) -> bool:
    return before is None or day < before
