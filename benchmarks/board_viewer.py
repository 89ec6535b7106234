"""A viewer of the board: when did a ranking on the WebSocket count the n-th post?"""

import contextlib
import time

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.observer import Observer
from contract.ranking import decode_ranking

_RETRY_SECONDS = 0.5
_LOOK_SECONDS = 0.2


class BoardViewer(Observer):
    """Takes every message, as the page does."""

    def __init__(self, site: str) -> None:
        """View the board of ``site``, a host and port."""
        super().__init__()
        self._site = site

    def _watch(self) -> None:
        while not self._stop.is_set():
            with (
                contextlib.suppress(OSError, InvalidHandshake, ConnectionClosed),
                connect(f"ws://{self._site}/ws/board/", origin=Origin(f"http://{self._site}")) as page,
            ):
                self._view(page)
            time.sleep(_RETRY_SECONDS)

    def _view(self, page: ClientConnection) -> None:
        while not self._stop.is_set():
            try:
                message = page.recv(timeout=_LOOK_SECONDS)
            except TimeoutError:
                continue
            # What is no ranking is a status.
            with contextlib.suppress(msgspec.ValidationError):
                self.note(decode_ranking(message).posts)
