"""GET /api/v1/hashtags/?q=: at most ten hashtags for what somebody began to type."""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from trendsite.api.answers import json_answer
from trendsite.api.finding import FoundHashtag, find_hashtags
from trendsite.api.query import parse_find_query

SUGGESTIONS = 10


class Suggestions(msgspec.Struct):
    """What was typed, and the hashtags that may be meant, best first."""

    q: str
    hashtags: list[FoundHashtag]


@require_safe
async def suggestions(request: HttpRequest) -> HttpResponse:
    """Return Suggestions, or ``{"error": "..."}`` with 400."""
    return await json_answer(_suggestions(request))


async def _suggestions(request: HttpRequest) -> Suggestions:
    typed = parse_find_query(request.GET)
    return Suggestions(typed, await find_hashtags(typed, SUGGESTIONS))
