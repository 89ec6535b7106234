"""A subscriber of the board that checks: no count falls, no day goes back, no silence is long.

Silence begins with the first ranking. Until then Spark starts, which takes minutes on a busy machine.
"""

import json
import threading
import time
from collections.abc import Callable
from datetime import date

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import connect

from contract.ranking import Ranking, decode_ranking

_LOOK_SECONDS = 0.2
_RETRY_SECONDS = 0.3


class Subscriber:
    """Watches the day's ranking of all languages in its own thread."""

    def __init__(self, site: str, log: Callable[[str], None], network: str = "") -> None:
        """Watch the board of ``site`` (host and port); call ``log`` with each error as it is seen.

        With a ``network``, watch that one of several, otherwise the sum of all.
        """
        self._site = site
        self._choice = json.dumps({"languages": ["*"], "networks": [network]}) if network else ""
        self._network = network
        self._log = log
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._posts: dict[date, int] = {}
        self._quiet_since = time.monotonic()
        self.errors: list[str] = []
        self.longest_silence = 0.0

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def expect_silence(self) -> None:
        """Measure silence from now: a fault that may cause it was just injected."""
        self._note_silence()

    def see(self, ranking: Ranking) -> None:
        """Check a ranking against the earlier ones."""
        self._note_silence()
        before = self._posts.get(ranking.day, 0)
        if self._posts and ranking.day < max(self._posts):
            self._wrong(f"the board went back from {max(self._posts)} to {ranking.day}")
        elif ranking.posts < before:
            self._wrong(f"the posts of {ranking.day} fell from {before:,} to {ranking.posts:,}")
        else:
            self._posts[ranking.day] = ranking.posts

    def _wrong(self, what: str) -> None:
        self.errors.append(what)
        self._log(f"WRONG: {what}")

    def _note_silence(self) -> None:
        now = time.monotonic()
        if self._posts:
            self.longest_silence = max(self.longest_silence, now - self._quiet_since)
        self._quiet_since = now

    def _watch(self) -> None:
        url, origin = f"ws://{self._site}/ws/board/", f"http://{self._site}"
        while not self._stop.wait(_RETRY_SECONDS):
            try:
                with connect(url, origin=origin, open_timeout=20, close_timeout=1) as page:
                    if self._choice:
                        page.send(self._choice)
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
            if message.startswith('{"day"') and self._is_mine(message):
                self.see(decode_ranking(message))

    def _is_mine(self, message: str) -> bool:
        """Return whether a ranking is of the choice, and not of the one before it."""
        return f'"networks":["{self._network}"]' in message if self._network else '"networks":["' not in message
