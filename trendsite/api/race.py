"""GET /api/v1/days/{day}/race: how a day's ranking went in one language, live or archived."""

from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query

from trendsite.api.answers import Answer, respond
from trendsite.api.archived import source_or_default
from trendsite.api.errors import ApiError, unknown_day
from trendsite.api.openapi import operation
from trendsite.api.parameters import ADay
from trendsite.api.query import RaceParameters
from trendsite.api.tables import Cell, Table
from trendsite.history.race import read_race
from trendsite.live.race import Race


@operation("/api/v1/days/{day}/race", Race, "/api/v1/days/2026-11-22/race?languages=en")
async def race(request: HttpRequest, day: ADay, query: Query[RaceParameters]) -> HttpResponseBase:
    """How a day's ranking went, moment by moment.

    A frame every five minutes or so, in one language or all, with the gaps in the input; today's as far as it is.
    """
    found = await _race(day, query)
    return await respond(request, Answer(found, may_be_kept=True, table=_table(found)), query.format)


async def _race(day: date, query: RaceParameters) -> Race:
    language = query.language
    source = await source_or_default(query.source)
    try:
        found = await read_race(source, day, language) if source else None
    except OSError as error:
        raise ApiError(503, "the race of the day cannot be read") from error
    if found is None:
        raise unknown_day(day.isoformat())
    return found


def _table(race: Race) -> Table:
    return Table("race", ("at", "rank", "key", "hashtag", "posts"), _rows(race))


def _rows(race: Race) -> Iterator[tuple[Cell, ...]]:
    for frame in race.frames:
        for rank, (key, posts) in enumerate(frame.top, start=1):
            yield frame.at, rank, key, race.hashtags[key], posts
