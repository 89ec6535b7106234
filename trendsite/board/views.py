"""The board's page: its first paint already shows the current ranking, then the WebSocket takes over."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from contract.ranking import TOP, Ranking, Window
from trendsite.board.wording import WINDOW_WORDS, BoardStatus, board_status
from trendsite.languages.names import english_name, own_name
from trendsite.live.choice import EVERYTHING, WINDOWS, Choice, ChoiceError, parse_choice
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import AWAY, Pipeline, read_pipeline
from trendsite.live.rankings import read_posts_by_language, read_ranking


@dataclass(frozen=True)
class LanguageOption:
    """One line of the language picker."""

    code: str
    own_name: str
    english_name: str
    posts: int
    chosen: bool


@dataclass(frozen=True)
class WindowLink:
    """One link of the switch between windows; ``query`` leads to it and keeps the languages."""

    window: Window
    name: str
    query: str
    chosen: bool


@dataclass(frozen=True)
class FirstPaint:
    """What the page shows before any script runs."""

    pipeline: Pipeline
    ranking: Ranking | None = None
    posts: dict[str, int] = field(default_factory=dict)


async def board(request: HttpRequest) -> HttpResponse:
    """Return the board for ``?languages=en,es&window=hour``; an address that nobody can choose shows all of the day."""
    try:
        choice = parse_choice(request.GET.getlist("languages"), request.GET.get("window", EVERYTHING.window))
    except ChoiceError:
        choice = EVERYTHING
    try:
        async with open_redis(timeout=1.0) as redis:
            paint = await _first_paint(redis, choice)
    except REDIS_IS_AWAY:
        paint = FirstPaint(AWAY)
    response: HttpResponse = await sync_to_async(render)(request, "board/board.html", _context(paint, choice))
    response["Cache-Control"] = "no-store"
    return response


async def _first_paint(redis: Redis, choice: Choice) -> FirstPaint:
    pipeline = await read_pipeline(redis)
    if pipeline.shown is None:
        return FirstPaint(pipeline)
    ranking = await read_ranking(redis, pipeline.shown, choice, TOP, datetime.now(UTC))
    return FirstPaint(pipeline, ranking, await read_posts_by_language(redis, pipeline.shown))


def _context(paint: FirstPaint, choice: Choice) -> dict[str, object]:
    status: BoardStatus = board_status(paint.pipeline)
    return {
        "status": status,
        "ranking": paint.ranking,
        "choice": choice,
        "query": _query(choice),
        "words": WINDOW_WORDS[choice.window],
        "windows": _window_links(choice),
        "options": _options(paint.posts, choice.languages),
        "chosen_names": ", ".join(own_name(code) for code in choice.languages),
        "first_paint": msgspec.to_builtins({"status": status, "ranking": paint.ranking}),
    }


def _window_links(choice: Choice) -> list[WindowLink]:
    return [
        WindowLink(window, WINDOW_WORDS[window].link, _query(replace(choice, window=window)), window == choice.window)
        for window in WINDOWS
    ]


def _query(choice: Choice) -> str:
    """Return the query string that leads to a choice, with its question mark; nothing for what is shown anyway."""
    parts = []
    if choice.languages != EVERYTHING.languages:
        parts.append(f"languages={','.join(choice.languages)}")
    if choice.window != EVERYTHING.window:
        parts.append(f"window={choice.window}")
    return "?" + "&".join(parts) if parts else ""


def _options(posts: dict[str, int], chosen: tuple[str, ...]) -> list[LanguageOption]:
    """Return all languages first, then those with posts or chosen, most posts first."""
    codes = [ALL_LANGUAGES, *sorted({*posts, *chosen} - {ALL_LANGUAGES}, key=lambda code: (-posts.get(code, 0), code))]
    return [
        LanguageOption(code, own_name(code), english_name(code), posts.get(code, 0), code in chosen) for code in codes
    ]
