"""The board's pages. The first paint already shows the current ranking; then the WebSocket takes over."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec
import segno
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import json_script
from django.views.decorators.clickjacking import xframe_options_exempt
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from contract.ranking import RankedHashtag, Ranking
from trendsite.board.bar_values import BarValue, bar_values, measure_of
from trendsite.board.labels import measure_labels, untimely_labels, window_labels
from trendsite.board.links import by_links, query_of, top_links, window_links
from trendsite.board.networks import (
    NetworkOption,
    Share,
    chosen_in_words,
    missing_in_words,
    network_options,
    shares,
    shares_in_words,
)
from trendsite.board.own_board import own_choice
from trendsite.board.rising_words import compared_in_words, words_of
from trendsite.languages.names import language_name, own_name
from trendsite.public_url import request_origin
from trendsite.queries.board_status import board_status
from trendsite.queries.choice import EVERYTHING, Choice, ChoiceError, choice_of
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, read_pipeline_status, running_source
from trendsite.queries.rankings import read_posts_by_language
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis
from trendsite.sources import with_day
from trendsite.template_tags import feed_address
from trendsite.trending.rising_ranking import read_chosen_ranking

THEMES = ("light", "dark")
PREVIEWED = 3


class _CompactJson(json.JSONEncoder):
    """JSON without spaces: the first paint waits for every byte."""

    item_separator, key_separator = ",", ":"


@dataclass(frozen=True)
class LanguageOption:
    """One line of the language picker."""

    code: str
    own_name: str
    translated_name: str
    posts: int
    chosen: bool


@dataclass(frozen=True)
class Row:
    """One place of the ranking: its value as a label, the parts of its bar, these in words, and what is unusual."""

    place: RankedHashtag
    label: str
    shares: list[Share]
    in_words: str
    more: str


@dataclass(frozen=True)
class FirstPaint:
    """What the page shows before any script runs."""

    pipeline: PipelineStatus
    ranking: Ranking | None = None
    posts: dict[str, int] = field(default_factory=dict)


async def board(request: HttpRequest) -> HttpResponse:
    """Return the board for ``?languages=en,es&window=hour&top=25&by=authors``.

    Without a query it shows the reader's saved view. An invalid choice shows the day's top ten of all languages.
    """
    own = await own_choice(request)
    choice = own if own and not request.GET else _choice(request)
    paint = await _first_paint(choice)
    context = {
        "windows": window_links(choice, is_timely=_is_timely(paint)),
        "tops": top_links(choice),
        "orders": by_links(choice),
        "options": _options(paint.posts, choice.languages),
        "own_query": query_of(own) if own else "",
        "origin": request_origin(request),
    }
    return await _answer(request, "board/board.html", choice, paint, context)


@xframe_options_exempt
async def embed(request: HttpRequest) -> HttpResponse:
    """Return the board for a frame in any page, without navigation. ``&theme=dark`` overrides the system's theme."""
    choice = _choice(request)
    theme = request.GET.get("theme")
    context = {"theme": theme if theme in THEMES else None}
    return await _answer(request, "board/embed.html", choice, await _first_paint(choice), context)


def board_code(request: HttpRequest) -> HttpResponse:
    """Return the QR code of the board's public address as SVG."""
    code = segno.make(request_origin(request) + reverse("board"), error="m")
    image = io.BytesIO()
    code.save(image, kind="svg", border=2, xmldecl=False, dark="#000", light="#fff")
    return HttpResponse(image.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})


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
        return FirstPaint(REDIS_AWAY)


async def _painted_from(redis: Redis, choice: Choice) -> FirstPaint:
    pipeline = await read_pipeline_status(redis)
    if pipeline.board is None:
        return FirstPaint(pipeline)
    ranking = await read_chosen_ranking(redis, pipeline.board, choice, choice.top, datetime.now(UTC))
    posts = await read_posts_by_language(redis, pipeline.board.chosen(choice.networks))
    return FirstPaint(pipeline, ranking, posts)


async def _answer(
    request: HttpRequest, template: str, choice: Choice, paint: FirstPaint, more: Mapping[str, object]
) -> HttpResponse:
    context = {**_context(paint, choice), **more}
    response: HttpResponse = await sync_to_async(render)(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


def _context(paint: FirstPaint, choice: Choice) -> dict[str, object]:
    now = datetime.now(UTC)
    ranking = paint.ranking
    status = board_status(paint.pipeline, now, choice.networks)
    options = network_options(status, choice)
    labels = window_labels(is_timely=_is_timely(paint))[choice.window]
    return {
        "status": status,
        "source": running_source(paint.pipeline, now),
        "networks": options,
        "chosen_networks": chosen_in_words(choice),
        "missing": missing_in_words(status, choice),
        "all_networks": query_of(replace(choice, networks=())),
        "ranking": ranking,
        "compared": compared_in_words(ranking.compared) if ranking and ranking.compared else "",
        "bars": [_row(bar, options) for bar in bar_values(ranking)] if ranking else [],
        "fading": [(place, words_of(place)) for place in ranking.fading or ()] if ranking else [],
        "preview": _preview(ranking),
        "choice": choice,
        "query": query_of(choice),
        "api_query": query_of(choice, top_parameter="limit"),
        "feed": feed_address(choice.languages, choice.window, choice.networks),
        "labels": labels,
        "headline": with_day(labels.headline, ranking.day if ranking else None),
        "measure": measure_labels()[measure_of(ranking or choice)],
        "chosen_names": ", ".join(own_name(code) for code in choice.in_order),
        "first_paint": json_script(msgspec.to_builtins(_state(paint, choice, now)), "first-paint", _CompactJson),
    }


def _state(paint: FirstPaint, choice: Choice, now: datetime) -> dict[str, object]:
    """Return what the page's scripts begin with."""
    return {
        "status": board_status(paint.pipeline, now),
        "ranking": paint.ranking,
        "choice": {
            "window": choice.window,
            "languages": choice.in_order,
            "top": choice.top,
            "by": choice.by,
            "networks": choice.networks,
        },
        "labels": {"timely": window_labels(is_timely=True), "untimely": untimely_labels()},
        "measures": measure_labels(),
    }


def _preview(ranking: Ranking | None) -> str:
    """Return the first three places for a preview of a link to the board: "1. #cats 9,000 · 2. #dogs 8,000"."""
    first = bar_values(ranking)[:PREVIEWED] if ranking else []
    return " · ".join(f"{bar.place.rank}. #{bar.place.hashtag} {bar.label}" for bar in first)


def _row(bar: BarValue, options: list[NetworkOption]) -> Row:
    parts = shares(bar.place, bar.length, options)
    return Row(bar.place, bar.label, parts, shares_in_words(bar.place), words_of(bar.place))


def _is_timely(paint: FirstPaint) -> bool:
    """Return whether the source runs on today's clock; assume so until there is a source."""
    source = running_source(paint.pipeline, datetime.now(UTC))
    return source is None or source.is_timely


def _options(posts: dict[str, int], chosen: tuple[str, ...]) -> list[LanguageOption]:
    """Return the entry for all languages, then languages with posts or chosen, most posts first."""
    codes = [ALL_LANGUAGES, *sorted({*posts, *chosen} - {ALL_LANGUAGES}, key=lambda code: (-posts.get(code, 0), code))]
    return [
        LanguageOption(code, own_name(code), language_name(code), posts.get(code, 0), code in chosen) for code in codes
    ]
