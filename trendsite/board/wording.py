"""The state of the pipeline in the words of the page: the same for the first paint and every update."""

import msgspec

from contract.status import CollectorStatus
from trendsite.live.pipeline import Pipeline

_SOURCES = {"simulator": "simulated posts", "x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon"}


class BoardStatus(msgspec.Struct):
    """What the page says about its own data.

    ``waiting_for`` is empty when posts flow; ``posts_per_second`` and ``dropped`` are None while
    the collector does not report. ``dropped_by`` says how many posts each reason cost.
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
    return BoardStatus(
        redis=pipeline.redis,
        source=_source(pipeline),
        waiting_for=_waiting_for(pipeline),
        posts_per_second=collector.posts_per_second if collector else None,
        dropped=sum(collector.dropped.values()) if collector else None,
        dropped_by=collector.dropped if collector else {},
    )


def _source(pipeline: Pipeline) -> str:
    if pipeline.collector:
        return _source_of(pipeline.collector)
    return pipeline.shown.source if pipeline.shown else "not known yet"


def _source_of(collector: CollectorStatus) -> str:
    if collector.kind == "replay":
        recording = collector.source.removeprefix("replay-")
        shifted = recording.removesuffix("-now")
        return f"replay of {recording}" if shifted == recording else f"replay of {shifted}, as if it were now"
    return _SOURCES.get(collector.kind, collector.kind)


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
