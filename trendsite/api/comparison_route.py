"""GET /api/v1/compare: a few hashtags side by side, day after day or hour after hour."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trendsite.api.api_errors import ApiError, refuse_unknown, unknown_today
from trendsite.api.operation import operation
from trendsite.api.query_params import ComparisonParams, selected
from trendsite.api.responses import Cell, Table, respond, table_name
from trendsite.queries.comparison import ComparisonQuery, HashtagComparison, read_comparison
from trendsite.queries.hashtag_search import counted_key, possible_key
from trendsite.queries.pipeline_status import REDIS_AWAY, read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis


@operation(
    "api/v1/compare", ComparisonParams, HashtagComparison, example="/api/v1/compare?hashtags=worldcup,eurovision&days=7"
)
async def compare(request: HttpRequest, params: ComparisonParams) -> HttpResponseBase:
    """Hashtags side by side.

    One to five hashtags, day after day or hour after hour, oldest first, with their shares of all posts.
    """
    found = await _comparison(params)
    table = Table(table_name("compare", found.source), _columns(found), _rows(found))
    return await respond(request, found, table, params.format)


async def _comparison(params: ComparisonParams) -> HashtagComparison:
    query = ComparisonQuery(
        await _keys(params.hashtags), params.languages, selected(params), params.days, params.hours, params.until
    )
    try:
        async with open_redis(timeout=1.0) as redis:
            found = await read_comparison(redis, await read_pipeline_status(redis), query)
    except REDIS_IS_AWAY:
        found = await read_comparison(None, REDIS_AWAY, query)
    if found is None or not any(posts is not None for posts in found.posts):
        await refuse_unknown(query.selected)
    if found is None:
        raise unknown_today()
    return found


async def _keys(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of some hashtags, each once."""
    for text in typed:
        if possible_key(text) is None:
            raise ApiError(404, f"hashtags: {text[:100]!r} is no hashtag")
    return tuple(dict.fromkeys([await counted_key(text) for text in typed]))


def _columns(found: HashtagComparison) -> list[str]:
    of_each = (column for one in found.hashtags for column in (f"#{one.hashtag}", f"#{one.hashtag} %"))
    return ["time", "all_posts", *of_each]


def _rows(found: HashtagComparison) -> Iterator[tuple[Cell, ...]]:
    for place, (time, posts) in enumerate(zip(found.times, found.posts, strict=True)):
        yield time, posts, *(value for one in found.hashtags for value in (one.posts[place], one.shares[place]))
