"""GET /api/v1/days/{day}/race: how a day's ranking went in one language, live or archived."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from trendsite.api.answers import Kept, kept_answer
from trendsite.api.archived import newest_source
from trendsite.api.errors import ApiError, unknown_day
from trendsite.api.query import parse_race_query
from trendsite.history.race import read_race
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import read_pipeline

# What is hidden must be gone at once, also of an archived day: whoever keeps an answer asks whether it still holds.
_CACHE_CONTROL = "public, no-cache"


@require_safe
async def race(request: HttpRequest, day: str) -> HttpResponseBase:
    """Return a Race, or ``{"error": "..."}`` with 400, 404 or 503."""
    return await kept_answer(request, _race(request, day))


async def _race(request: HttpRequest, day: str) -> Kept:
    query = parse_race_query(request.GET, day)
    source = query.source or await _default_source()
    try:
        found = await read_race(source, query.day, query.language) if source else None
    except OSError as error:
        raise ApiError(503, "the race of the day cannot be read") from error
    if found is None:
        raise unknown_day(day)
    return Kept(found, _CACHE_CONTROL)


async def _default_source() -> str | None:
    """Return the source that the board shows, without one that of the last archived day."""
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
    except REDIS_IS_AWAY:
        shown = None
    return shown.source if shown else await sync_to_async(newest_source)()
