"""What every source is: something that yields batches of posts, each with a cursor to go on from."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from contract.post import Post

TICK_SECONDS = 0.05
"""How long a source may wait for more before it yields what it has."""

Cursor = dict[str, Any] | None
"""Where to go on: any JSON object, known to its source only; None is the beginning."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The next posts of a source, perhaps none.

    ``cursor`` stands after them; ``dropped`` counts what could not become a post, by reason;
    ``final`` says that no more will come; ``now`` is the machine's time, where posts are as they happen.
    """

    posts: list[Post]
    cursor: Cursor
    dropped: Mapping[str, int] = field(default_factory=dict)
    final: bool = False
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """How the network side is, for people."""

    state: Literal["connected", "connecting", "ended", "blocked"]
    detail: str


class Source(Protocol):
    """A network, a recording or a simulation.

    ``name`` names the stream: it is safe in a path and a Redis key, and differs where posts must
    not mix. ``repeats`` says that the same cursor gives the same posts again.
    """

    name: str
    kind: str
    repeats: bool

    @property
    def state(self) -> SourceState:
        """How the network side is at this moment."""
        ...

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[Batch]:
        """Yield batches of bounded size about every TICK_SECONDS, empty ones too, until ``stop`` is set."""
        ...
