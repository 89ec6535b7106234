"""GET /api/v1/top: the most used hashtags of a day, live from Redis while it holds the day, then from the archive.

The last hour is live only.
"""

from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query

from contract.ranking import RankedHashtag, Ranking
from trendsite.api.answers import Answer, respond
from trendsite.api.archived import archived_at, archived_ranking, default_source
from trendsite.api.errors import ApiError, unknown_day, unknown_today
from trendsite.api.openapi import operation
from trendsite.api.query import TopParameters
from trendsite.api.tables import table_of
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown, read_pipeline
from trendsite.live.rankings import is_held, read_ranking


@operation("/api/v1/top", Ranking, "/api/v1/top?languages=en,es&limit=25")
async def top(request: HttpRequest, query: Query[TopParameters]) -> HttpResponseBase:
    """The most used hashtags of a day, or of now.

    Today is answered as it is counted. Several languages are added up. Of an archived day and language the first
    1,000 hashtags are kept.
    """
    ranking = await find_top(query)
    return await respond(
        request, Answer(ranking, ranking.final, table_of("top", RankedHashtag, ranking.top)), query.format
    )


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
        return shown, await read_ranking(redis, asked, query.choice, query.limit, datetime.now(UTC))


def _refuse_hours_past(query: TopParameters, shown: Shown | None) -> None:
    if query.choice.window == "hour" and query.day and (shown is None or query.day != shown.day):
        raise ApiError(400, "window: hour is the last one of the day on the board; leave out day, or give window=day")


async def _from_archive(query: TopParameters, shown: Shown | None) -> Ranking | None:
    """Look the day up under the source that the board shows, without one under the last archived."""
    day = query.day or (shown.day if shown else None)
    source = await sync_to_async(default_source)(shown)
    if day is None or source is None or query.choice.window == "hour":
        return None
    return await sync_to_async(archived_ranking)(source, day, query.choice, query.limit)
