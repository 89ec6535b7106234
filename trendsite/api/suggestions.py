"""GET /api/v1/hashtags/?q=: at most ten hashtags for what somebody began to type."""

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query

from trendsite.api.answers import Answer, respond
from trendsite.api.finding import FoundHashtag, find_hashtags
from trendsite.api.openapi import operation
from trendsite.api.query import MAX_TYPED, FindParameters
from trendsite.api.tables import table_of

SUGGESTIONS = 10


class Suggestions(msgspec.Struct):
    """What was typed, and the hashtags that may be meant, best first."""

    q: str
    hashtags: list[FoundHashtag]


@operation("/api/v1/hashtags/", Suggestions, "/api/v1/hashtags/?q=wor", may_lack=False)
async def suggestions(request: HttpRequest, query: Query[FindParameters]) -> HttpResponseBase:
    """Hashtags that begin with what was typed.

    At most ten, of today and of the archive, each with its posts today or on its best archived day.
    """
    typed = query.q[:MAX_TYPED]
    found = Suggestions(typed, await find_hashtags(typed, SUGGESTIONS))
    return await respond(request, Answer(found, table=table_of("hashtags", FoundHashtag, found.hashtags)), query.format)
