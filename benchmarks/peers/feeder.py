"""Serve a file's posts on a socket to one reader, as fast as it reads or at a rate that can change."""

import contextlib
import socket
import threading
import time
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

_LINES_A_SEND = 5_000
_TICKS_PER_SECOND = 20
_SEND_SECONDS = 30.0


class Feeder:
    """Serves a file's first posts during a ``with`` block; ``sent`` counts them.

    ``rate`` is in posts a second; None is as fast as the reader reads. After ``allowed`` posts it pauses until that is
    raised. At the end it closes the socket.
    """

    def __init__(self, path: Path, posts: int, rate: int | None) -> None:
        """Listen on a free port of this machine."""
        self.rate = rate
        self.allowed = posts
        self.sent = 0
        self._path = path
        self._posts = posts
        self._stop = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._feed, daemon=True)

    @property
    def port(self) -> int:
        """The port to connect to."""
        port: int = self._server.getsockname()[1]
        return port

    def __enter__(self) -> "Feeder":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()
        self._server.close()

    def end(self) -> None:
        """Send no more."""
        self._stop.set()
        self._thread.join(10)

    def _feed(self) -> None:
        self._server.settimeout(1)
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._server.accept()
                with connection, self._path.open("rb") as file, contextlib.suppress(OSError):
                    connection.settimeout(_SEND_SECONDS)
                    self._send(connection, file)
                return

    def _send(self, connection: socket.socket, file: BinaryIO) -> None:
        due = time.monotonic()
        while not self._stop.is_set() and self.sent < self._posts:
            if self.sent >= self.allowed:
                time.sleep(1 / _TICKS_PER_SECOND)
                continue
            wanted = self.rate // _TICKS_PER_SECOND if self.rate else _LINES_A_SEND
            lines = list(islice(file, min(wanted, self.allowed - self.sent)))
            connection.sendall(b"".join(lines))
            self.sent += len(lines)
            if self.rate:
                due += 1 / _TICKS_PER_SECOND
                time.sleep(max(0.0, due - time.monotonic()))
