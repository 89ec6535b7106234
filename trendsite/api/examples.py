"""The examples of the documentation: addresses with a day and hashtags that exist here, and their answers, shortened.

Each process asks itself at most twice a minute, once for all who read the page at the same time, and anew when editors
hide or show a hashtag. It asks as programs do: in English, whatever the reader's language.
"""

import asyncio
import json
import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote, urlsplit
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils import translation
from redis.asyncio import Redis

from trendsite.api.responses import JSON
from trendsite.queries.comparison import ComparisonQuery, read_leaders
from trendsite.queries.groups import Selection, latest_day, possible_sources, running_names
from trendsite.queries.hiding import Hiding, process_hiding
from trendsite.queries.known_sources import archived_sources
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, read_pipeline_status
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis

CACHE_SECONDS = 30.0
PATIENCE_SECONDS = 5.0
MOST_LINES = 60

WRITTEN_DAY, WRITTEN_HASHTAGS = "2026-11-22", ("worldcup", "eurovision")
"""What the written examples name; the page names what exists."""

_WRITTEN_FIRST_DAY, _DAYS_BEFORE = "2026-11-16", 6
_WRITTEN_BEGINNING = "q=wor"

_written = re.compile("|".join((*WRITTEN_HASHTAGS, WRITTEN_DAY, _WRITTEN_FIRST_DAY, _WRITTEN_BEGINNING)))

_OF_THE_READER = ("HTTP_ACCEPT", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
_MOST_IN_ROW = 12
_MOST_ITEMS = 2
_WIDTH = 110


@dataclass(frozen=True)
class Example:
    """A request and its answer: HTTP status, media type, and the text, shortened; no text if it was not asked."""

    address: str
    status: int = 0
    media_type: str = ""
    text: str = ""


@dataclass
class _Answers:
    """The latest answers, the rules under which they were made, and when; ``making`` are those on their way."""

    hiding: Hiding | None = None
    at: float = 0.0
    examples: dict[str, Example] | None = None
    making: tuple[Hiding, asyncio.Task[dict[str, Example]]] | None = None


_answers = _Answers()


def clear_example_cache() -> None:
    """Ask anew for the next page."""
    _answers.examples = _answers.making = None


async def read_examples(request: HttpRequest, written: Sequence[str], *, asked: Collection[str]) -> dict[str, Example]:
    """Return the example for each ``written`` address; only those in ``asked`` have an answer."""
    hiding = process_hiding.hiding
    is_fresh = _answers.hiding is hiding and time.monotonic() - _answers.at < CACHE_SECONDS
    if _answers.examples is not None and is_fresh:
        return _answers.examples
    if _answers.making is None or _answers.making[0] is not hiding:
        task = asyncio.ensure_future(_make(request, written, asked))
        _answers.making = hiding, task
        task.add_done_callback(lambda done: _keep(hiding, done))
    # A reader who leaves does not take the answers from the others.
    return await asyncio.shield(_answers.making[1])


def _keep(hiding: Hiding, done: asyncio.Task[dict[str, Example]]) -> None:
    if _answers.making and _answers.making[1] is done:
        _answers.making = None
    if not done.cancelled() and not done.exception():
        _answers.hiding, _answers.at, _answers.examples = hiding, time.monotonic(), done.result()


async def _make(request: HttpRequest, written: Sequence[str], asked: Collection[str]) -> dict[str, Example]:
    day, hashtags = await _existing()
    here = {address: with_existing(address, day, hashtags) for address in written}
    with translation.override(settings.LANGUAGE_CODE):
        # At the same time: while Redis is away, each waits for it.
        answers = await asyncio.gather(*(_ask(request, here[address]) for address in asked))
    return {address: Example(here[address]) for address in written} | dict(zip(asked, answers, strict=True))


async def _existing() -> tuple[date | None, list[str]]:
    """Return the newest archived day, else None, and the first hashtags of it or of the latest day."""
    try:
        async with open_redis(timeout=1.0) as redis:
            return await _newest(redis, await read_pipeline_status(redis))
    except REDIS_IS_AWAY:
        return await _newest(None, REDIS_AWAY)


async def _newest(redis: Redis | None, pipeline: PipelineStatus) -> tuple[date | None, list[str]]:
    names = await sync_to_async(possible_sources)(Selection(), running_names(pipeline))
    archived = await sync_to_async(archived_sources)()
    day = max((archived[name] for name in names if name in archived), default=latest_day(pipeline, names))
    return day, await read_leaders(redis, pipeline, ComparisonQuery((), until=day), len(WRITTEN_HASHTAGS))


def with_existing(address: str, day: date | None, hashtags: Sequence[str]) -> str:
    """Return a written address with a day and hashtags that exist here."""
    existing = dict(zip(WRITTEN_HASHTAGS, (quote(hashtag, safe="") for hashtag in hashtags), strict=False))
    if hashtags:
        existing[_WRITTEN_BEGINNING] = f"q={quote(hashtags[0][:3], safe='')}"
    if day is not None and day.toordinal() > _DAYS_BEFORE:
        existing[WRITTEN_DAY] = day.isoformat()
        existing[_WRITTEN_FIRST_DAY] = (day - timedelta(days=_DAYS_BEFORE)).isoformat()
    # All at once: what exists may be what another part is written with.
    return _written.sub(lambda found: existing.get(found[0], found[0]), address)


async def _ask(request: HttpRequest, address: str) -> Example:
    """Answer an address of this site as if a client had asked for it."""
    parts = urlsplit(address)
    asked = HttpRequest()
    asked.method = "GET"
    asked.path = asked.path_info = parts.path
    # Neither its format nor its cache depends on what the page's reader asked.
    asked.META = {name: value for name, value in request.META.items() if name not in _OF_THE_READER}
    asked.GET = QueryDict(parts.query)
    try:
        view = resolve(parts.path)
        response = await asyncio.wait_for(view.func(asked, **view.kwargs), PATIENCE_SECONDS)
    except (Resolver404, TimeoutError):
        return Example(address)
    if not isinstance(response, HttpResponse):
        return Example(address)
    media_type = response["Content-Type"].partition(";")[0]
    text = shortened_json(response.content) if media_type == JSON else _indented_xml(response.content)
    return Example(address, response.status_code, media_type, text)


def shortened_json(body: bytes) -> str:
    """Return JSON with short lists in one line, and of long ones the beginning, in at most MOST_LINES lines."""
    return _cut(_pretty(json.loads(body), ""))


def _indented_xml(body: bytes) -> str:
    try:
        lines = minidom.parseString(body).toprettyxml(indent="  ").splitlines()  # noqa: S318 - the site's own feed
    except ExpatError:
        return ""
    return _cut("\n".join(line for line in lines if line.strip()))


def _cut(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[:MOST_LINES], "…"] if len(lines) > MOST_LINES else lines)


def _pretty(value: object, indent: str) -> str:
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        fields = (
            f"{inner}{json.dumps(name, ensure_ascii=False)}: {_pretty(part, inner)}" for name, part in value.items()
        )
        return "{\n" + ",\n".join(fields) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return _pretty_list(value, indent, inner)
    return json.dumps(value, ensure_ascii=False)


def _pretty_list(value: list[object], indent: str, inner: str) -> str:
    is_flat = not any(isinstance(part, dict | list) for part in value)
    most = _MOST_IN_ROW if is_flat else _MOST_ITEMS
    more = len(value) - most
    parts = [_pretty(part, inner) for part in value[:most]] + ([f"… {more} more"] if more > 0 else [])
    row = f"[{', '.join(parts)}]"
    if is_flat and len(row) + len(indent) <= _WIDTH:
        return row
    return "[\n" + ",\n".join(f"{inner}{part}" for part in parts) + f"\n{indent}]"
