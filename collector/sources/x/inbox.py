"""What the connection hands over to the thread that yields it: posts, drops by reason, and gaps. Bounded."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from collector.sources import TICK_SECONDS
from collector.sources.x.coverage import Coverage
from contract.gap import Gap
from contract.post import Post

_MAX_POSTS = 10_000
_BATCH_POSTS = 2_000


@dataclass(frozen=True, slots=True)
class Received:
    """What came: posts, drops by reason, and gaps. ``place`` is not after posts that are still to come."""

    posts: list[Post]
    dropped: Counter[str]
    gaps: list[Gap]
    place: Coverage


class Inbox:
    """Takes the posts of many lines at once: handing over one post at a time would cost as much as reading it."""

    def __init__(self, stop: threading.Event, place: Coverage) -> None:
        """Begin at ``place``. Wait for room only until ``stop`` is set."""
        self._stop = stop
        self._lock = threading.Lock()
        self._posts: list[Post] = []
        self._dropped: Counter[str] = Counter()
        self._gaps: list[Gap] = []
        self._place = self._taken = place
        self._has_some = threading.Event()
        self._has_room = threading.Event()
        self._has_room.set()

    def put(self, posts: list[Post], dropped: Counter[str], place: Coverage, gaps: Sequence[Gap] = ()) -> None:
        """Hand over posts, drops and gaps, and the ``place`` after them. Without room, X waits on its side."""
        while not self._has_room.is_set() and not self._stop.is_set():
            self._has_room.wait(TICK_SECONDS)
        with self._lock:
            self._posts += posts
            if dropped:
                self._dropped.update(dropped)
            self._gaps += gaps
            self._place = place
            if len(self._posts) >= _MAX_POSTS:
                self._has_room.clear()
            if (posts or dropped or gaps) and not self._has_some.is_set():
                self._has_some.set()

    def take(self) -> Received:
        """Return what came next; wait a moment for some."""
        self._has_some.wait(TICK_SECONDS)
        with self._lock:
            posts, self._posts = self._posts[:_BATCH_POSTS], self._posts[_BATCH_POSTS:]
            dropped, self._dropped = self._dropped, Counter()
            gaps, self._gaps = self._gaps, []
            if not self._posts:
                self._has_some.clear()
                self._taken = self._place
            if len(self._posts) < _MAX_POSTS:
                self._has_room.set()
            return Received(posts, dropped, gaps, self._taken)
