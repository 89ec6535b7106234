"""GET /api/v1/languages: every language, whether it is tracked, and its posts today."""

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Query

from trendsite.api.answers import Answer, respond
from trendsite.api.openapi import operation
from trendsite.api.query import Tabular
from trendsite.api.tables import table_of
from trendsite.languages.models import Language
from trendsite.languages.names import english_name, own_name
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import read_pipeline
from trendsite.live.rankings import read_posts_by_language


class LanguageToday(msgspec.Struct):
    """A language in its own name and in English; ``posts`` are those of today, None while Redis is away."""

    code: str
    own_name: str
    english_name: str
    tracked: bool
    posts: int | None


class Languages(msgspec.Struct):
    """Every language that posts can have, by its code."""

    languages: list[LanguageToday]


@operation("/api/v1/languages", Languages, "/api/v1/languages", may_lack=False)
async def languages(request: HttpRequest, query: Query[Tabular]) -> HttpResponseBase:
    """Every language, whether it is tracked, and its posts today.

    Codes are BCP 47. Posts in languages that are not tracked are not collected.
    """
    posts = await _posts_today()
    found = Languages(await sync_to_async(_told)(posts))
    table = table_of("languages", LanguageToday, found.languages)
    return await respond(request, Answer(found, table=table), query.format)


def _told(posts: dict[str, int] | None) -> list[LanguageToday]:
    rows = Language.objects.order_by("code").values_list("code", "tracked")
    return [
        LanguageToday(code, own_name(code), english_name(code), tracked, None if posts is None else posts.get(code, 0))
        for code, tracked in rows
    ]


async def _posts_today() -> dict[str, int] | None:
    try:
        async with open_redis(timeout=1.0) as redis:
            shown = (await read_pipeline(redis)).shown
            return await read_posts_by_language(redis, shown) if shown else {}
    except REDIS_IS_AWAY:
        return None
