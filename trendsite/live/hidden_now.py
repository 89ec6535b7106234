"""What is hidden now, as this process knows it: asked by whoever shows hashtags, kept current by trendsite.hidden."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from trendsite.live.hiding import Hides, Hiding


class HiddenNow:
    """The hiding of one process. Any thread may ask and replace it."""

    def __init__(self) -> None:
        """Begin with nothing hidden."""
        self.hiding = Hiding()
        self.may_have_changed = threading.Event()
        self._listeners: set[Callable[[], None]] = set()

    def replace(self, hiding: Hiding) -> None:
        """Hide something else from now on, and tell who listens; the same rules again change nothing."""
        if hiding.rules != self.hiding.rules:
            self.hiding = hiding
            for tell in tuple(self._listeners):
                tell()

    @contextmanager
    def telling(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call ``listener`` after each change, in the thread that made it."""
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)


of_this_process = HiddenNow()


def hides_in(languages: Sequence[str], now: datetime) -> Hides | None:
    """Return what this process hides in a ranking of these languages, None where that is nothing."""
    return of_this_process.hiding.among(languages, now)
