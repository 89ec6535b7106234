"""The state of the pipeline in the words of the page: the same for the first paint and every update."""

import re
from datetime import datetime
from typing import Literal

import msgspec

from contract.ranking import Window
from trendsite.live.pipeline import Pipeline

_SOURCES = {"simulator": "simulated posts", "x": "X"}
_REASONS = {
    "late": "late: of a day that is closed",
    "future": "dated far ahead of all others",
    "untracked": "in a language that is not tracked",
    "duplicate": "seen before",
    "malformed": "not readable",
    "too_long": "too long",
}

Kind = Literal["live", "simulated", "replay"]
"""Whether posts are the world's as they happen, invented, or recorded."""


class WindowWords(msgspec.Struct, frozen=True):
    """How the page speaks of a window.

    Its link, its headline, what is shown of each hashtag and how long that makes its bar, what the number beside it
    is, the number of all posts; and when it has no hashtag, in short and in a sentence.
    """

    link: str
    headline: str
    shown: str
    bar: str
    number: str
    posts: str
    none: str
    nothing: str


_BAR = "as long as the number of posts that use it; a post counts once for each hashtag in it"

WINDOW_WORDS: dict[Window, WindowWords] = {
    "day": WindowWords(
        link="Today",
        headline="Top hashtags today",
        shown="Posts with each hashtag",
        bar=_BAR,
        number="Posts",
        posts="Posts this day",
        none="Waiting for posts",
        nothing="No hashtag in these languages yet.",
    ),
    "hour": WindowWords(
        link="Last hour",
        headline="Top hashtags of the last hour",
        shown="Posts with each hashtag",
        bar=_BAR,
        number="Posts",
        posts="Posts in the last hour",
        none="Waiting for posts",
        nothing="No hashtag in these languages in the last hour.",
    ),
    "rising": WindowWords(
        link="Rising",
        headline="Rising hashtags",
        shown="How unusual each hashtag is",
        bar="as long as its score: how far an hour's authors or posts were beyond what was expected, squared, "
        "divided by what was expected; it halves every four hours",
        number="Score",
        posts="Posts in the last hour",
        none="Nothing is rising",
        nothing="No hashtag in these languages is, or was lately, beyond what was to be expected.",
    ),
}


class BoardStatus(msgspec.Struct):
    """What the page says about its own data.

    ``at`` is the site's time (UTC) and ``clock`` the latest event time counted; ``is_timely`` says
    that the two can be compared: a replay at its own old times is never timely. ``waiting_for`` is empty when
    posts flow; ``has_ended`` says that no more will come. The numbers are None while the collector
    does not report: posts and tagged posts per second, the share (0 to 1) of all posts that are tagged, dropped
    posts and the late ones among them. ``dropped_by`` says in words how many posts each reason cost; hashtags left
    out of a post that was counted are not in it.
    """

    at: datetime
    redis: bool
    source: str
    kind: Kind | None
    clock: datetime | None
    is_timely: bool
    waiting_for: str
    has_ended: bool
    posts_per_second: float | None
    tagged_per_second: float | None
    tagged_share: float | None
    dropped: int | None
    late: int | None
    dropped_by: dict[str, int]


def board_status(pipeline: Pipeline, now: datetime) -> BoardStatus:
    """Return the page's words for a state of the pipeline at ``now`` (UTC)."""
    collector = pipeline.collector
    source = _source(pipeline)
    dropped = dict(collector.dropped) if collector else {}
    dropped.pop("excess_hashtags", None)
    return BoardStatus(
        at=now,
        redis=pipeline.redis,
        source=_source_named(source) if source else "not known yet",
        kind=_kind(source),
        clock=pipeline.clock,
        is_timely=_is_timely(source),
        waiting_for=_waiting_for(pipeline),
        has_ended=collector is not None and collector.state == "ended",
        posts_per_second=collector.posts_per_second if collector else None,
        tagged_per_second=collector.tagged_per_second if collector else None,
        tagged_share=collector.tagged / collector.posts if collector and collector.posts else None,
        dropped=sum(dropped.values()) if collector else None,
        late=dropped.get("late", 0) if collector else None,
        dropped_by={_REASONS.get(reason, reason): posts for reason, posts in dropped.items()},
    )


def _source(pipeline: Pipeline) -> str | None:
    known = pipeline.collector or pipeline.shown
    return known.source if known else None


def _kind(source: str | None) -> Kind | None:
    if source is None:
        return None
    if source.startswith("replay-"):
        return "replay"
    return "simulated" if source == "simulator" else "live"


def _is_timely(source: str | None) -> bool:
    return source is not None and (_kind(source) != "replay" or source.endswith("-now"))


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
