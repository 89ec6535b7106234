"""A viewer of the board who looks closely: no count falls, no day goes back, and no silence is long."""

import threading
import time
from collections.abc import Callable
from datetime import date

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import connect

from contract.ranking import Ranking, decode_ranking

_LOOK_SECONDS = 0.2
_RETRY_SECONDS = 0.3


class Viewer:
    """Watches all languages of the day in a thread of its own."""

    def __init__(self, site: str, say: Callable[[str], None]) -> None:
        """View the board of ``site`` (host and port); what is wrong is told to ``say`` as it is seen."""
        self._site = site
        self._say = say
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._posts: dict[date, int] = {}
        self._quiet_since = time.monotonic()
        self.wrongs: list[str] = []
        self.longest_silence = 0.0

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()
        self._thread.join()

    def expect_silence(self) -> None:
        """Count silence anew: something was just done that may cause it."""
        self._note_silence()

    def see(self, ranking: Ranking) -> None:
        """Check a ranking against those before it."""
        self._note_silence()
        before = self._posts.get(ranking.day, 0)
        if self._posts and ranking.day < max(self._posts):
            self._wrong(f"the board went back from {max(self._posts)} to {ranking.day}")
        elif ranking.posts < before:
            self._wrong(f"the posts of {ranking.day} fell from {before:,} to {ranking.posts:,}")
        else:
            self._posts[ranking.day] = ranking.posts

    def _wrong(self, what: str) -> None:
        self.wrongs.append(what)
        self._say(f"WRONG: {what}")

    def _note_silence(self) -> None:
        now = time.monotonic()
        self.longest_silence = max(self.longest_silence, now - self._quiet_since)
        self._quiet_since = now

    def _watch(self) -> None:
        url, origin = f"ws://{self._site}/ws/board/", f"http://{self._site}"
        while not self._stop.wait(_RETRY_SECONDS):
            try:
                with connect(url, origin=origin, open_timeout=5, close_timeout=1) as page:
                    self._view(page)
            except (OSError, InvalidHandshake, InvalidMessage, ConnectionClosed):
                continue

    def _view(self, page) -> None:
        while not self._stop.is_set():
            try:
                message = page.recv(timeout=_LOOK_SECONDS)
            except TimeoutError:
                continue
            # What is no ranking is a status.
            if message.startswith('{"day"'):
                self.see(decode_ranking(message))
