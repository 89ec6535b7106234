"""GET /api/v1/status and /api/v1/languages: whether every part works, and which languages are tracked."""

from datetime import UTC, date, datetime

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from trendsite.api.operation import operation
from trendsite.api.query_params import LanguagesParams, Params
from trendsite.api.responses import respond, table_of
from trendsite.languages.models import Language
from trendsite.languages.names import english_name, own_name
from trendsite.queries.board_status import BoardStatus, board_status
from trendsite.queries.day_rankings import read_languages
from trendsite.queries.groups import Selection, SourceNames, find_group, latest_day, possible_sources, running_names
from trendsite.queries.health import read_health
from trendsite.queries.pipeline_status import read_pipeline_status
from trendsite.queries.problems import Problem
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import joined


class Parts(msgspec.Struct):
    """Whether each part works."""

    redis: bool
    database: bool
    collector: bool
    streaming: bool
    disk: bool
    archive: bool


class Status(msgspec.Struct):
    """The status of every part: ``ok`` if all work, otherwise ``problems``: what is wrong, since when, what to do.

    ``day`` and ``source`` are those on the board, null before the first post. Several networks are named with commas.
    """

    ok: bool
    problems: list[Problem]
    parts: Parts
    day: date | None
    source: str | None
    board: BoardStatus


@operation("api/v1/status", Params, Status, example="/api/v1/status", has_404=False)
async def status(request: HttpRequest, _params: Params) -> HttpResponseBase:
    """The status of every part.

    The source of posts, their rate, the dropped posts, and up to when posts are counted. The HTTP status is 200 even
    if a part is down.
    """
    pipeline, health = await read_health()
    names = running_names(pipeline)
    found = Status(
        ok=health.ok,
        problems=health.problems,
        parts=Parts(**{part: getattr(health, part).ok for part in Parts.__struct_fields__}),
        day=latest_day(pipeline, names),
        source=joined(names) or None,
        board=board_status(pipeline, datetime.now(UTC)),
    )
    return await respond(request, found)


class LanguageToday(msgspec.Struct):
    """A language with its own and its English name. ``posts`` are those of today, null while Redis is away."""

    code: str
    own_name: str
    english_name: str
    tracked: bool
    posts: int | None


class Languages(msgspec.Struct):
    """Every language that posts can have, in the order of the codes."""

    languages: list[LanguageToday]


@operation("api/v1/languages", LanguagesParams, Languages, example="/api/v1/languages", has_404=False)
async def languages(request: HttpRequest, params: LanguagesParams) -> HttpResponseBase:
    """Every language, whether it is tracked, and its posts today.

    Posts of several networks are added up. Codes are BCP 47. Posts in untracked languages are not collected.
    """
    found = await sync_to_async(_languages)(await _posts_today(params.networks))
    return await respond(request, Languages(found), table_of("languages", LanguageToday, found), params.format)


def _languages(posts: dict[str, int] | None) -> list[LanguageToday]:
    rows = Language.objects.order_by("code").values_list("code", "tracked")
    return [
        LanguageToday(code, own_name(code), english_name(code), tracked, None if posts is None else posts.get(code, 0))
        for code, tracked in rows
    ]


async def _posts_today(networks: SourceNames) -> dict[str, int] | None:
    try:
        async with open_redis(timeout=1.0) as redis:
            pipeline = await read_pipeline_status(redis)
            names = await sync_to_async(possible_sources)(Selection(networks=networks), running_names(pipeline))
            day = latest_day(pipeline, names)
            return await read_languages(redis, await find_group(redis, names, day)) if day else {}
    except REDIS_IS_AWAY:
        return None
