"""GET /api/v1/days/{day}: one day, with its languages and the gaps in its input."""

from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query

from contract.closed_day import HOURS
from trendsite.api.answers import Answer, respond
from trendsite.api.archived import source_or_default
from trendsite.api.errors import ApiError, unknown_day
from trendsite.api.openapi import operation
from trendsite.api.parameters import ADay
from trendsite.api.query import DayParameters
from trendsite.api.tables import Cell, Table
from trendsite.history.one_day import OneDay, read_archived_day, read_open_day
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown

_UNKNOWN_HOURS: list[Cell] = [None] * HOURS
_COLUMNS = ("language", "posts", "authors", "hashtags", *(f"h{hour:02}" for hour in range(HOURS)))


@operation("/api/v1/days/{day}", OneDay, "/api/v1/days/2026-11-22")
async def day(request: HttpRequest, day: ADay, query: Query[DayParameters]) -> HttpResponseBase:
    """One day, its winner and its languages.

    With the posts of each language, those of an archived day by the hour, and when no post came; today's as far as it
    is.
    """
    found = await _day(day, query.source)
    return await respond(request, Answer(found, found.final, Table("day", _COLUMNS, _rows(found))), query.format)


async def _day(day: date, named: str | None) -> OneDay:
    source = await source_or_default(named)
    if source is None:
        raise unknown_day(day.isoformat())
    archived = await read_archived_day(Shown(source, day))
    if archived:
        return archived
    try:
        async with open_redis(timeout=1.0) as redis:
            found = await read_open_day(redis, Shown(source, day))
    except REDIS_IS_AWAY as error:
        raise ApiError(503, "Redis is away, and the archive does not have the day") from error
    if found is None:
        raise unknown_day(day.isoformat())
    return found


def _rows(of_day: OneDay) -> Iterator[tuple[Cell, ...]]:
    for found in of_day.languages:
        yield found.language, found.posts, found.authors, found.hashtags, *(found.hours or _UNKNOWN_HOURS)
