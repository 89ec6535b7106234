"""The board's pages: their first paint already shows the current ranking, then the WebSocket takes over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from contract.ranking import Ranking
from trendsite.api.feeds import feed_address
from trendsite.board.addresses import by_links, query_of, top_links, window_links
from trendsite.board.amount import bars, measure_of
from trendsite.board.own_board import own_choice
from trendsite.board.wording import MEASURE_WORDS, WINDOW_WORDS
from trendsite.languages.names import english_name, own_name
from trendsite.live.board_status import board_status
from trendsite.live.choice import EVERYTHING, Choice, ChoiceError, choice_of
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import AWAY, Pipeline, read_pipeline
from trendsite.live.rankings import read_posts_by_language
from trendsite.rising.ranking import read_chosen_ranking

THEMES = ("light", "dark")


@dataclass(frozen=True)
class LanguageOption:
    """One line of the language picker."""

    code: str
    own_name: str
    english_name: str
    posts: int
    chosen: bool


@dataclass(frozen=True)
class FirstPaint:
    """What the page shows before any script runs."""

    pipeline: Pipeline
    ranking: Ranking | None = None
    posts: dict[str, int] = field(default_factory=dict)


async def board(request: HttpRequest) -> HttpResponse:
    """Return the board for ``?languages=en,es&window=hour&top=25&by=authors``.

    An address without a query shows what its reader keeps as their own board; one that nobody can choose
    the top ten of all languages of the day.
    """
    own = await own_choice(request)
    choice = own if own and not request.GET else _choice(request)
    paint = await _first_paint(choice)
    context = {
        "windows": window_links(choice),
        "tops": top_links(choice),
        "orders": by_links(choice),
        "options": _options(paint.posts, choice.languages),
        "own_query": query_of(own) if own else "",
    }
    return await _answer(request, "board/board.html", choice, paint, context)


@xframe_options_exempt
async def embed(request: HttpRequest) -> HttpResponse:
    """Return the board without its chrome, for a frame in any page; ``&theme=dark`` does not follow the system."""
    choice = _choice(request)
    theme = request.GET.get("theme")
    context = {"theme": theme if theme in THEMES else None}
    return await _answer(request, "board/embed.html", choice, await _first_paint(choice), context)


def _choice(request: HttpRequest) -> Choice:
    try:
        return choice_of(dict(request.GET.lists()))
    except ChoiceError:
        return EVERYTHING


async def _first_paint(choice: Choice) -> FirstPaint:
    try:
        async with open_redis(timeout=1.0) as redis:
            return await _painted_from(redis, choice)
    except REDIS_IS_AWAY:
        return FirstPaint(AWAY)


async def _painted_from(redis: Redis, choice: Choice) -> FirstPaint:
    pipeline = await read_pipeline(redis)
    if pipeline.shown is None:
        return FirstPaint(pipeline)
    ranking = await read_chosen_ranking(redis, pipeline.shown, choice, choice.top, datetime.now(UTC))
    return FirstPaint(pipeline, ranking, await read_posts_by_language(redis, pipeline.shown))


async def _answer(
    request: HttpRequest, template: str, choice: Choice, paint: FirstPaint, more: Mapping[str, object]
) -> HttpResponse:
    context = {**_context(paint, choice), **more}
    response: HttpResponse = await sync_to_async(render)(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


def _context(paint: FirstPaint, choice: Choice) -> dict[str, object]:
    status = board_status(paint.pipeline, datetime.now(UTC))
    state = {
        "status": status,
        "ranking": paint.ranking,
        "choice": choice,
        "words": WINDOW_WORDS,
        "measures": MEASURE_WORDS,
    }
    return {
        "status": status,
        "ranking": paint.ranking,
        "bars": bars(paint.ranking) if paint.ranking else [],
        "choice": choice,
        "query": query_of(choice),
        "api_query": query_of(choice, top_parameter="limit"),
        "feed": feed_address(choice.languages, choice.window),
        "words": WINDOW_WORDS[choice.window],
        "measure": MEASURE_WORDS[measure_of(paint.ranking or choice)],
        "chosen_names": ", ".join(own_name(code) for code in choice.languages),
        "first_paint": msgspec.to_builtins(state),
    }


def _options(posts: dict[str, int], chosen: tuple[str, ...]) -> list[LanguageOption]:
    """Return all languages first, then those with posts or chosen, most posts first."""
    codes = [ALL_LANGUAGES, *sorted({*posts, *chosen} - {ALL_LANGUAGES}, key=lambda code: (-posts.get(code, 0), code))]
    return [
        LanguageOption(code, own_name(code), english_name(code), posts.get(code, 0), code in chosen) for code in codes
    ]
