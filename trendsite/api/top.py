"""GET /api/v1/top: the most used hashtags of a day, live from Redis while it holds the day, then from the archive.

The last hour, and what is rising, are live only.
"""

from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from contract.ranking import Ranking
from trendsite.api.answers import json_answer
from trendsite.api.archived import archived_ranking, default_source, is_archived
from trendsite.api.errors import ApiError, unknown_day, unknown_today
from trendsite.api.query import TopQuery, parse_top_query
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown, read_pipeline
from trendsite.live.rankings import is_held
from trendsite.rising.ranking import read_chosen_ranking


@require_safe
async def top(request: HttpRequest) -> HttpResponse:
    """Return a Ranking, or ``{"error": "..."}`` with 400, 404 or 503."""
    return await json_answer(_top(request))


async def _top(request: HttpRequest) -> Ranking:
    query = parse_top_query(request.GET)
    try:
        shown, ranking = await _from_redis(query)
    except REDIS_IS_AWAY as error:
        ranking = await _from_archive(query, None)
        if ranking is None:
            raise ApiError(503, "Redis is away, and the archive has no answer to this") from error
        return ranking
    if shown and ranking:
        ranking.final = await sync_to_async(is_archived)(shown.source, ranking.day)
        return ranking
    ranking = await _from_archive(query, shown)
    if ranking is None:
        raise unknown_day(query.day.isoformat()) if query.day else unknown_today()
    return ranking


async def _from_redis(query: TopQuery) -> tuple[Shown | None, Ranking | None]:
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


def _refuse_hours_past(query: TopQuery, shown: Shown | None) -> None:
    window = query.choice.window
    if window != "day" and query.day and (shown is None or query.day != shown.day):
        raise ApiError(
            400, f"window: {window} is known of the day on the board alone; leave out day, or give window=day"
        )


async def _from_archive(query: TopQuery, shown: Shown | None) -> Ranking | None:
    """Look the day up under the source that the board shows, without one under the last archived."""
    day = query.day or (shown.day if shown else None)
    source = await sync_to_async(default_source)(shown)
    if day is None or source is None or query.choice.window != "day":
        return None
    return await sync_to_async(archived_ranking)(source, day, query.choice.languages, query.limit)
