"""GET /api/v1/top: the most used hashtags of a day, live from Redis while it holds the day, then from the archive.

The last hour, and what is rising, are live only.
"""

from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query

from contract.ranking import RankedHashtag, Ranking, Why
from trendsite.api.answers import Answer, respond
from trendsite.api.archived import archived_at, archived_ranking, default_source
from trendsite.api.errors import ApiError, unknown_day, unknown_today
from trendsite.api.openapi import operation
from trendsite.api.query import TopParameters
from trendsite.api.tables import Table
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown, read_pipeline
from trendsite.live.rankings import is_held
from trendsite.rising.ranking import read_chosen_ranking


@operation("/api/v1/top", Ranking, "/api/v1/top?languages=en,es&limit=25")
async def top(request: HttpRequest, query: Query[TopParameters]) -> HttpResponseBase:
    """The most used hashtags of a day, or of now.

    Today is answered as it is counted. Several languages are added up. Of an archived day and language the first
    1,000 hashtags are kept. What is `rising` comes with its reasons (`why`), most unusual first.
    """
    ranking = await find_top(query)
    return await respond(request, Answer(ranking, ranking.final, _table(ranking)), query.format)


def _table(ranking: Ranking) -> Table:
    """Return the places as a table, in the window ``rising`` with a column for each part of their reasons."""
    plain = [name for name in RankedHashtag.__struct_fields__ if name != "why"]
    reasons = Why.__struct_fields__ if ranking.window == "rising" else ()
    rows = (
        [*(getattr(place, name) for name in plain), *(getattr(place.why, name) for name in reasons)]
        for place in ranking.top
    )
    return Table("top", [*plain, *reasons], rows)


async def find_top(query: TopParameters) -> Ranking:
    """Return the ranking that was asked for.

    Raises:
        ApiError: there is none.
    """
    try:
        shown, ranking = await _from_redis(query)
    except REDIS_IS_AWAY as error:
        ranking = await _from_archive(query, None)
        if ranking is None:
            raise ApiError(503, "Redis is away, and the archive has no answer to this") from error
        return ranking
    if shown and ranking:
        archived = await sync_to_async(archived_at)(shown.source, ranking.day)
        if archived and ranking.window == "day":
            # Always the same answer, whenever it is asked for.
            ranking.final, ranking.as_of = True, archived
        return ranking
    ranking = await _from_archive(query, shown)
    if ranking is None:
        raise unknown_day(query.day.isoformat()) if query.day else unknown_today()
    return ranking


async def _from_redis(query: TopParameters) -> tuple[Shown | None, Ranking | None]:
    """Return what the board shows, and the ranking of the asked day when Redis holds it."""
    async with open_redis(timeout=1.0) as redis:
        shown = (await read_pipeline(redis)).shown
        _refuse_hours_past(query, shown)
        if shown is None:
            return None, None
        asked = Shown(shown.source, query.day or shown.day)
        if not await is_held(redis, asked):
            return shown, None
        return shown, await read_chosen_ranking(redis, asked, query.choice, query.limit, datetime.now(UTC))


def _refuse_hours_past(query: TopParameters, shown: Shown | None) -> None:
    window = query.choice.window
    if window != "day" and query.day and (shown is None or query.day != shown.day):
        raise ApiError(
            400, f"window: {window} is known of the day on the board alone; leave out day, or give window=day"
        )


async def _from_archive(query: TopParameters, shown: Shown | None) -> Ranking | None:
    """Look the day up under the source that the board shows, without one under the last archived."""
    day = query.day or (shown.day if shown else None)
    source = await sync_to_async(default_source)(shown)
    if day is None or source is None or query.choice.window != "day":
        return None
    return await sync_to_async(archived_ranking)(source, day, query.choice, query.limit)
