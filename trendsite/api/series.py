"""GET /api/v1/series: one hashtag day after day, from the archive."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query

from trendsite.api.answers import Answer, respond
from trendsite.api.archived import source_or_default
from trendsite.api.archived_hashtag import DayOfHashtag, HashtagSeries, hashtag_series
from trendsite.api.errors import ApiError
from trendsite.api.finding import possible_key
from trendsite.api.openapi import operation
from trendsite.api.query import SeriesParameters
from trendsite.api.refusing_hidden import refuse_hidden
from trendsite.api.tables import table_of


@operation("/api/v1/series", HashtagSeries, "/api/v1/series?hashtag=worldcup&limit=7")
async def series(request: HttpRequest, query: Query[SeriesParameters]) -> HttpResponseBase:
    """One hashtag, day after day.

    Archived days, newest first, a page at a time: `before` the last of them is the next.
    """
    found = await _series(query)
    return await respond(request, Answer(found, table=table_of("series", DayOfHashtag, found.days)), query.format)


async def _series(query: SeriesParameters) -> HashtagSeries:
    key, language = possible_key(query.hashtag), query.language
    source = await source_or_default(query.source)
    found = None
    if key is not None:
        refuse_hidden(key, [language])
    if key is not None and source is not None:
        found = await sync_to_async(hashtag_series)(source, key, language, query.before, query.limit)
    if found is None:
        raise ApiError(404, "hashtag: no archived day has it")
    return found
