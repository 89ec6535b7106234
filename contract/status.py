"""What the collector and streaming report about themselves, and what the site asks the collector to track.

Kept under the keys of :mod:`contract.redis_names`, refreshed every second.
"""

from datetime import date, datetime
from typing import Literal

import msgspec


class CollectorStatus(msgspec.Struct):
    """The collector's own view.

    ``source`` is the stream's name, ``kind`` the setting SOURCE; ``state`` with ``detail`` says
    how the network side is; ``posts`` and ``tagged`` count what is in the stream since it began,
    the rates are per second over about the last five; ``dropped`` counts since the stream began,
    by reason; ``clock`` is the stream's own event time.
    """

    source: str
    kind: str
    state: Literal["connected", "connecting", "ended", "blocked"]
    detail: str
    posts: int
    tagged: int
    posts_per_second: float
    tagged_per_second: float
    dropped: dict[str, int]
    clock: datetime | None
    end_offset: int
    spool_bytes: int
    updated_at: datetime


class StreamingStatus(msgspec.Struct):
    """Streaming's own view: the day it counts, the offset up to which everything is in Redis.

    ``race_failures`` is how often the race of a day could not be recorded.
    """

    source: str
    day: date | None
    counted_offset: int
    behind_bytes: int
    batch: int
    batch_seconds: float
    rebuilds: int
    updated_at: datetime
    race_failures: int = 0


class TrackedLanguages(msgspec.Struct, omit_defaults=True):
    """The languages that are collected; None stands for every language.

    ``x_terms`` are the words by which posts of a language are looked for on X, where these are not the
    ones of :mod:`contract.x_terms`.
    """

    languages: list[str] | None
    x_terms: dict[str, list[str]] = {}
