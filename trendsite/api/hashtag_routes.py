"""GET /api/v1/hashtags/, /api/v1/hashtags/{key}, /api/v1/together and /api/v1/series: search, and one hashtag.

Of one hashtag there are its day, the hashtags used together with it, and its past days.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from trendsite.api.api_errors import ApiError, refuse_hidden, refuse_unknown, unknown_today
from trendsite.api.operation import operation
from trendsite.api.query_params import MAX_TYPED, HashtagParams, SearchParams, SeriesParams, TogetherParams, selected
from trendsite.api.responses import Cell, Table, respond, table_name, table_of
from trendsite.queries.groups import DayGroup, latest_day, possible_sources, running_names, selected_group
from trendsite.queries.hashtag_day import HashtagDay
from trendsite.queries.hashtag_group import add_up_hashtag_days, read_days_of, read_hashtag_day_of
from trendsite.queries.hashtag_history import DayOfHashtag, HashtagSeries, hashtag_series
from trendsite.queries.hashtag_search import FoundHashtag, archived_key, counted_key, find_hashtags, possible_key
from trendsite.queries.pipeline_status import read_pipeline_or_away, read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.queries.used_together import PartnerHashtag, UsedTogether, read_used_together
from trendsite.sources import joined

SUGGESTIONS = 10


class Suggestions(msgspec.Struct):
    """The typed text and the hashtags that match it, best first.

    ``source`` is the requested source, by default what the board shows, networks with commas; null if there is none. If
    no source was requested and these have no such hashtag, the hashtags are of another source.
    """

    q: str
    hashtags: list[FoundHashtag]
    source: str | None


@operation("api/v1/hashtags/", SearchParams, Suggestions, example="/api/v1/hashtags/?q=wor")
async def suggestions(request: HttpRequest, params: SearchParams) -> HttpResponseBase:
    """Hashtags that begin with a text.

    At most ten, of today and of the archive, each with its posts today or on its best archived day. If the source on
    the board has none, they are of another source. Each hashtag names its source.
    """
    typed = params.q[:MAX_TYPED]
    selection = selected(params)
    found = await find_hashtags(typed, SUGGESTIONS, selection)
    if not found.hashtags:
        await refuse_unknown(selection)
    suggested = Suggestions(typed, found.hashtags, joined(found.names) or None)
    return await respond(request, suggested, table_of("hashtags", FoundHashtag, found.hashtags), params.format)


@operation("api/v1/hashtags/<path:key>", HashtagParams, HashtagDay, example="/api/v1/hashtags/worldcup?languages=en")
async def hashtag(request: HttpRequest, params: HashtagParams) -> HttpResponseBase:
    """One hashtag's day, hour by hour.

    Of any day, by default today. An hour that is still to come or no longer known is null.
    """
    key = await counted_key(params.key)
    refuse_hidden(key, params.languages)
    found, is_final = await _day_of_hashtag(key, params)
    table = Table(table_name("hashtag", found.source), ("hour", "posts"), _hour_rows(found))
    return await respond(request, found, table, params.format, is_final=is_final)


def _hour_rows(found: HashtagDay) -> Iterator[tuple[Cell, ...]]:
    for hour, posts in enumerate(found.hours):
        yield f"{found.day.isoformat()}T{hour:02}:00Z", posts


async def _day_of_hashtag(key: str, params: HashtagParams) -> tuple[HashtagDay, bool]:
    """Return the requested day of a hashtag, and whether it is final."""
    selection = selected(params)
    try:
        async with open_redis(timeout=1.0) as redis:
            day = await _requested_day(redis, params)
            group = await selected_group(redis, selection, day)
            found = await read_hashtag_day_of(redis, group, key, params.languages)
    except REDIS_IS_AWAY as error:
        group = await selected_group(None, selection, params.day or date.min)
        found = await read_hashtag_day_of(None, group, key, params.languages)
        if found is None:
            raise ApiError(503, "Redis is away") from error
    if found is None:
        await refuse_unknown(selection)
        raise ApiError(404, f"hashtag: nothing is known of #{key[:100]} in these languages on {group.day}")
    return found, group.is_final


class Together(UsedTogether, kw_only=True):
    """The hashtags used together with a hashtag on a day, in all languages; it has ``posts`` itself.

    Of several networks ``source`` has their names with commas.
    """

    day: date
    key: str
    hashtag: str
    posts: int
    source: str


@operation("api/v1/together", TogetherParams, Together, example="/api/v1/together?hashtag=worldcup")
async def together(request: HttpRequest, params: TogetherParams) -> HttpResponseBase:
    """Hashtags used together with one.

    Of any day, by default today. Each has at least `posts` posts with the hashtag and at most `at_most`: streaming
    counts pairs in bounded memory. The two are equal unless the day has very many hashtags. Of a post with many
    hashtags the first 12 count.
    """
    key = await counted_key(params.hashtag)
    refuse_hidden(key, [ALL_LANGUAGES])
    found, is_final = await _together(key, params)
    table = table_of(table_name("together", found.source), PartnerHashtag, found.together)
    return await respond(request, found, table, params.format, is_final=is_final)


async def _together(key: str, params: TogetherParams) -> tuple[Together, bool]:
    """Return the hashtags used together with one, and whether the day is final."""
    selection = selected(params)
    try:
        async with open_redis(timeout=1.0) as redis:
            group = await selected_group(redis, selection, await _requested_day(redis, params))
            found = await _read_together(redis, group, key, params.limit)
    except REDIS_IS_AWAY as error:
        group = await selected_group(None, selection, params.day or date.min)
        found = await _read_together(None, group, key, params.limit)
        if found is None:
            raise ApiError(503, "Redis is away") from error
    if found is None:
        await refuse_unknown(selection)
        raise ApiError(404, f"hashtag: nothing is known of #{key[:100]} on {group.day}")
    return found, group.is_final


async def _read_together(redis: Redis | None, group: DayGroup, key: str, limit: int) -> Together | None:
    days = await read_days_of(redis, group, key, (ALL_LANGUAGES,))
    if not days:
        return None
    whole = add_up_hashtag_days(days, group, at_least=False)
    found = await read_used_together(redis, group, days, limit, datetime.now(UTC))
    return Together(
        **msgspec.structs.asdict(found),
        day=group.day,
        key=key,
        hashtag=whole.hashtag,
        posts=whole.posts,
        source=group.source,
    )


async def _requested_day(redis: Redis, params: HashtagParams | TogetherParams) -> date:
    """Return the requested day, by default the day on the board."""
    if params.day:
        return params.day
    pipeline = await read_pipeline_status(redis)
    latest = latest_day(pipeline, params.networks or running_names(pipeline))
    if latest is None:
        raise unknown_today()
    return latest


@operation("api/v1/series", SeriesParams, HashtagSeries, example="/api/v1/series?hashtag=worldcup&limit=7")
async def series(request: HttpRequest, params: SeriesParams) -> HttpResponseBase:
    """One hashtag, day after day.

    Archived days, newest first. For the next page, set `before` to the last day of this page.
    """
    found = await _series(params)
    table = table_of(table_name("series", found.source), DayOfHashtag, found.days)
    return await respond(request, found, table, params.format)


async def _series(params: SeriesParams) -> HashtagSeries:
    key, language = possible_key(params.hashtag), params.language
    selection = selected(params)
    names = await sync_to_async(possible_sources)(selection, running_names(await read_pipeline_or_away()))
    found = None
    if key is not None:
        refuse_hidden(key, [language])
        key = await sync_to_async(archived_key)(params.hashtag)
        found = await sync_to_async(hashtag_series)(names, key, language, params.before, params.limit)
    if found is None:
        await refuse_unknown(selection)
        raise ApiError(404, "hashtag: no archived day has it")
    return found
