"""GET /api/v1/hashtags/{key}: one hashtag's day, hour by hour, of the day that the board shows."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from contract.post import fold
from trendsite.api.answers import json_answer
from trendsite.api.errors import ApiError, unknown_today
from trendsite.api.query import parse_hashtag_query
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.hidden_now import hides_in
from trendsite.live.pipeline import read_pipeline
from trendsite.live.series import HashtagDay, read_hashtag_day


@require_safe
async def hashtag(request: HttpRequest, key: str) -> HttpResponse:
    """Return a HashtagDay, or ``{"error": "..."}`` with 400, 404 or 503."""
    return await json_answer(_hashtag_day(request, fold(key)))


async def _hashtag_day(request: HttpRequest, key: str) -> HashtagDay:
    languages = parse_hashtag_query(request.GET)
    hides = hides_in(languages, datetime.now(UTC))
    if hides and hides(key):
        raise ApiError(404, f"hashtag: #{key[:100]} is hidden in these languages")
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
            if shown is None:
                raise unknown_today()
            found = await read_hashtag_day(redis, shown, key, languages)
    except REDIS_IS_AWAY as error:
        raise ApiError(503, "Redis is away") from error
    if found is None:
        raise ApiError(404, f"hashtag: nothing is known of #{key[:100]} in these languages on {shown.day}")
    return found
