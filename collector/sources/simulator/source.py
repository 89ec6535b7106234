"""The simulator: the source that needs nothing. Invented posts that look like a network's, paced by the clock."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from collector.sources import TICK_SECONDS, Cursor, PostBatch, SourceState
from collector.sources.simulator.posts import TICKS_PER_SECOND, posts_of_tick

_LONGEST_CATCH_UP = 2 * TICKS_PER_SECOND
_LONGEST_WAIT = 60 * TICKS_PER_SECOND


class SimulatorSource:
    """Yields the posts of each tick when it is over. Its cursor has the last tick, so no post comes twice."""

    name = "simulator"
    kind = "simulator"
    is_live = True
    repeats = False

    def __init__(
        self, seed: int, posts_per_second: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Simulate about ``posts_per_second``, at the times of the clock ``now``."""
        self._seed = seed
        self._posts_per_second = posts_per_second
        self._now = now
        self._ahead = 0

    @property
    def state(self) -> SourceState:
        """Always connected."""
        return SourceState("connected", f"simulated, about {self._posts_per_second:g} posts/s")

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[PostBatch]:
        """Yield posts from now on, without those of the time that the collector was down."""
        done = cursor["tick"] if cursor else 0
        while not stop.wait(TICK_SECONDS):
            now = self._now()
            last = self._last_tick(now, done)
            first = max(done + 1, last - _LONGEST_CATCH_UP)
            posts = []
            for tick in range(first, last + 1):
                posts += posts_of_tick(self._seed, self._posts_per_second, tick)
            done = max(done, last)
            yield PostBatch(posts, {"tick": done}, now=now + self._ahead * timedelta(seconds=TICK_SECONDS))

    def _last_tick(self, now: datetime, done: int) -> int:
        """Return the last tick that is over at ``now``.

        If the clock was set back by more than a minute, ticks continue from where they were until it is right again.
        To wait for it could take hours, and a tick that is simulated twice yields no new posts.
        """
        tick = int(now.timestamp() * TICKS_PER_SECOND) - 1
        if tick >= done - _LONGEST_WAIT:
            self._ahead = 0
        elif abs(tick + self._ahead - done) > _LONGEST_WAIT:
            self._ahead = done - tick
        return tick + self._ahead
