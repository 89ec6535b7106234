"""GET /api/v1/days/: the days of a source, newest first, today included, a page at a time."""

from datetime import date

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from msgspec.structs import astuple
from ninja import Query

from trendsite.api.answers import Answer, respond
from trendsite.api.archived import newest_source
from trendsite.api.openapi import operation
from trendsite.api.query import DaysParameters
from trendsite.api.tables import Table
from trendsite.history.days import ListedDay, list_archived_days, list_open_days
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import read_pipeline


class Days(msgspec.Struct):
    """A page of days; the next one is asked for with ``before`` the last of them."""

    days: list[ListedDay]


@operation("/api/v1/days/", Days, "/api/v1/days/?limit=7", may_lack=False)
async def days(request: HttpRequest, query: Query[DaysParameters]) -> HttpResponseBase:
    """The days there are, newest first.

    Today included, each with its winner; a page at a time: `before` the last of them is the next.
    """
    found = await _days(query)
    return await respond(request, Answer(found, table=_table(found)), query.format)


def _table(found: Days) -> Table:
    columns = ("date", "source", "posts", "final", "winner_key", "winner_hashtag", "winner_posts")
    rows = (
        (day.date, day.source, day.posts, day.final, *(astuple(day.winner) if day.winner else (None, None, None)))
        for day in found.days
    )
    return Table("days", columns, rows)


async def _days(query: DaysParameters) -> Days:
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
