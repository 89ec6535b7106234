"""A thread that watches one end of a Trendsite and notes how many posts it had seen, and when."""

import threading
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from benchmarks.delays import Seen


class Observer(ABC):
    """Watches from the start of a ``with`` block to its end; ``seen`` grows meanwhile."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(10)

    @property
    def posts(self) -> int:
        """How many posts have been seen."""
        return self.seen[-1].posts if self.seen else 0

    def note(self, posts: int) -> None:
        """Note that so many posts of the stream have now been seen."""
        if posts > self.posts:
            self.seen.append(Seen(time.monotonic(), posts))

    @abstractmethod
    def _watch(self) -> None:
        """Note what is seen until told to stop; wait for an end that is not there yet."""
