"""GET /api/v1/hashtags/{key}: one hashtag's day, hour by hour: of the day that the board shows, or an archived one."""

from collections.abc import Iterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query

from contract.post import fold
from trendsite.api.answers import Answer, respond
from trendsite.api.archived import source_or_default
from trendsite.api.archived_hashtag import archived_hashtag_day
from trendsite.api.errors import ApiError, unknown_today
from trendsite.api.openapi import operation
from trendsite.api.parameters import AKey
from trendsite.api.query import HashtagParameters
from trendsite.api.refusing_hidden import refuse_hidden
from trendsite.api.tables import Cell, Table
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import Shown, read_pipeline
from trendsite.live.series import HashtagDay, read_hashtag_day


@operation(
    "/api/v1/hashtags/{path:key}",
    HashtagDay,
    "/api/v1/hashtags/worldcup?languages=en",
)
async def hashtag(request: HttpRequest, key: AKey, query: Query[HashtagParameters]) -> HttpResponseBase:
    """One hashtag's day, hour by hour.

    Of today or any day; an hour still to come, or no longer known, is null.
    """
    archived, found = await _hashtag_day(fold(key), query)
    table = Table("hashtag", ("hour", "posts"), _rows(found))
    return await respond(request, Answer(found, archived, table), query.format)


def _rows(found: HashtagDay) -> Iterator[tuple[Cell, ...]]:
    for hour, posts in enumerate(found.hours):
        yield f"{found.day.isoformat()}T{hour:02}:00Z", posts


async def _hashtag_day(key: str, query: HashtagParameters) -> tuple[bool, HashtagDay]:
    """Return whether the day is archived, and the hashtag's day."""
    refuse_hidden(key, query.languages)
    source = await source_or_default(query.source) if query.day else None
    if query.day and source:
        of_day = Shown(source, query.day)
        archived = await sync_to_async(archived_hashtag_day)(of_day, key, query.languages)
        if archived:
            return True, archived
    return False, await _live(key, query)


async def _live(key: str, query: HashtagParameters) -> HashtagDay:
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
            if shown is None:
                raise unknown_today()
            of_day = Shown(query.source or shown.source, query.day or shown.day)
            found = await read_hashtag_day(redis, of_day, key, query.languages)
    except REDIS_IS_AWAY as error:
        raise ApiError(503, "Redis is away") from error
    if found is None:
        raise ApiError(404, f"hashtag: nothing is known of #{key[:100]} in these languages on {of_day.day}")
    return found
