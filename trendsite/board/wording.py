"""The state of the pipeline in the words of the page: the same for the first paint and every update."""

import re

import msgspec

from contract.ranking import Window
from trendsite.live.pipeline import Pipeline

_SOURCES = {"simulator": "simulated posts", "x": "X"}


class WindowWords(msgspec.Struct, frozen=True):
    """How the page speaks of a window: its link, its headline, its number of posts, and when it has no hashtag."""

    link: str
    headline: str
    posts: str
    nothing: str


WINDOW_WORDS: dict[Window, WindowWords] = {
    "day": WindowWords("Today", "Top hashtags today", "Posts this day", "No hashtag in these languages yet."),
    "hour": WindowWords(
        "Last hour",
        "Top hashtags of the last hour",
        "Posts in the last hour",
        "No hashtag in these languages in the last hour.",
    ),
}


class BoardStatus(msgspec.Struct):
    """What the page says about its own data.

    ``waiting_for`` is empty when posts flow; ``posts_per_second`` and ``dropped`` are None while
    the collector does not report. ``dropped_by`` says how many posts each reason cost; hashtags
    left out of a post that was counted are not in it.
    """

    redis: bool
    source: str
    waiting_for: str
    posts_per_second: float | None
    dropped: int | None
    dropped_by: dict[str, int]


def board_status(pipeline: Pipeline) -> BoardStatus:
    """Return the page's words for a state of the pipeline."""
    collector = pipeline.collector
    dropped_by = dict(collector.dropped) if collector else {}
    dropped_by.pop("excess_hashtags", None)
    return BoardStatus(
        redis=pipeline.redis,
        source=_source(pipeline),
        waiting_for=_waiting_for(pipeline),
        posts_per_second=collector.posts_per_second if collector else None,
        dropped=sum(dropped_by.values()) if collector else None,
        dropped_by=dropped_by,
    )


def _source(pipeline: Pipeline) -> str:
    known = pipeline.collector or pipeline.shown
    return _source_named(known.source) if known else "not known yet"


def _source_named(name: str) -> str:
    """Return the words for a stream's name, which for a recording ends in a fingerprint of its content."""
    recording = re.fullmatch(r"replay-(.+?)(?:-[0-9a-f]{8})?(-now)?", name)
    if recording:
        return f"replay of {recording[1]}{', as if it were now' if recording[2] else ''}"
    return _SOURCES.get(name, name)


def _waiting_for(pipeline: Pipeline) -> str:
    if not pipeline.redis:
        return "Redis is away. The site keeps trying to reach it."
    if pipeline.collector is None:
        return "The collector does not report: it is starting or stopped."
    if pipeline.collector.state in ("connecting", "blocked"):
        return f"The collector is {pipeline.collector.state}: {pipeline.collector.detail}"
    if pipeline.streaming is None:
        return "Streaming does not report yet: it takes about 20 seconds to start."
    if pipeline.shown is None:
        return "Streaming is counting the first posts."
    return ""
