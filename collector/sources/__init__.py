"""Sources: each network, the recordings and the simulator yield batches of posts, each with a cursor to resume from.

A source is an edge that reads, and a pure ``to_post`` that translates. This module has what all sources share.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from contract.gap import Gap
from contract.post import Post
from contract.status import BudgetStatus

TICK_SECONDS = 0.05
"""The longest time that a source waits for more posts before it yields those that it has."""

Cursor = dict[str, Any] | None
"""Where to resume: any JSON object that the source understands; None is the beginning."""


@dataclass(frozen=True, slots=True)
class PostBatch:
    """The next posts of a source, perhaps none.

    ``cursor`` stands after them. ``dropped`` counts data that could not become a post, by reason. ``final`` means that
    no more posts will come, ``can_resume`` that another start may still read more. Live sources set ``now``, the
    machine's time. ``gaps`` are times of which the source learned that posts are missing, also again while they grow.
    """

    posts: list[Post]
    cursor: Cursor
    dropped: Mapping[str, int] = field(default_factory=dict)
    final: bool = False
    can_resume: bool = False
    now: datetime | None = None
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """The state of the connection to the network, with details for people; ``budget`` if the network charges posts."""

    state: Literal["connected", "connecting", "ended", "blocked"]
    detail: str
    budget: BudgetStatus | None = None


class PostSource(Protocol):
    """A network, a recording or a simulation.

    ``name`` names the stream. It is safe in a path and a Redis key, and differs where posts must not mix. ``is_live``
    means that posts come as they happen, so their times are checked against the machine's. ``repeats`` means that the
    same cursor yields the same posts again.
    """

    name: str
    kind: str
    is_live: bool
    repeats: bool

    @property
    def state(self) -> SourceState:
        """The present state of the connection."""
        ...

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[PostBatch]:
        """Yield batches of bounded size about every TICK_SECONDS, also empty ones, until ``stop`` is set."""
        ...
