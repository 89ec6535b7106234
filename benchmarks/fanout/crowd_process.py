"""``python -m benchmarks.fanout.crowd_process PORT``: thousands of viewers in one thread, for as little work as can be.

It reads orders from its standard input, a line each, and answers each with a line of JSON: ``join 1000``
connects so many more; ``receipts`` returns how long the frames since the last such order took.
A ranking's ``posts`` is the moment it was published, in microseconds of the machine's steady clock.
"""

import base64
import contextlib
import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable

from benchmarks.fanout.receipts import Receipts

_PING, _CLOSE = 0x9, 0x8
_CONNECT_SECONDS = 30.0
_READ_BYTES = 65_536
_POSTS = b'"posts":'


class CrowdError(RuntimeError):
    """The server does not do its part."""


class ViewerSockets:
    """Viewers of the server on a port of this machine."""

    def __init__(self, port: int) -> None:
        """Begin with nobody."""
        self._port = port
        self._poll = select.epoll()
        self._poll.register(sys.stdin.fileno(), select.EPOLLIN)
        self._viewers: dict[int, socket.socket] = {}
        self._rests: dict[int, bytes] = {}
        self._receipts = Receipts()

    def obey(self) -> None:
        """Follow orders until there are no more."""
        orders: dict[str, Callable[[int], object]] = {"join": self._join, "receipts": self._report}
        while True:
            for number, _ in self._poll.poll():
                if number != sys.stdin.fileno():
                    self._read(number)
                    continue
                name, _, argument = os.read(number, 200).decode().strip().partition(" ")
                if not name:
                    return
                print(json.dumps(orders[name](int(argument or 0))), flush=True)

    def _join(self, number: int) -> int:
        for _ in range(number):
            viewer, rest = self._connected()
            viewer.setblocking(False)
            self._viewers[viewer.fileno()] = viewer
            self._rests[viewer.fileno()] = rest
            self._poll.register(viewer.fileno(), select.EPOLLIN)
        return len(self._viewers)

    def _connected(self) -> tuple[socket.socket, bytes]:
        """Return a viewer's socket, and what the server sent behind its handshake."""
        viewer = socket.create_connection(("127.0.0.1", self._port), timeout=_CONNECT_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        viewer.sendall(
            f"GET /ws/board/ HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nOrigin: http://127.0.0.1:{self._port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += viewer.recv(_READ_BYTES) or b"\r\n\r\n"
        head, _, rest = answer.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise CrowdError(f"the server answered {head[:100]!r}")
        return viewer, rest

    def _report(self, _: int) -> dict[str, int]:
        receipts, self._receipts = self._receipts, Receipts()
        return receipts.as_buckets()

    def _read(self, number: int) -> None:
        data = self._rests[number] + os.read(number, _READ_BYTES)
        now = time.monotonic_ns() // 1_000
        start = 0
        while frame := _frame(data, start):
            opcode, begin, start = frame
            if opcode == _PING:
                self._pong(number, data[begin:start])
            elif opcode == _CLOSE:
                raise CrowdError(f"the server closed: {data[begin:start]!r}")
            elif data.startswith(b'{"day"', begin):
                posts = data.index(_POSTS, begin) + len(_POSTS)
                self._receipts.note(now - int(data[posts : data.index(b",", posts)]))
        self._rests[number] = data[start:]

    def _pong(self, number: int, payload: bytes) -> None:
        # Masked with zeros: a client must mask, and this leaves the payload as it is.
        with contextlib.suppress(BlockingIOError):
            self._viewers[number].send(bytes((0x8A, 0x80 | len(payload), 0, 0, 0, 0)) + payload)


def _frame(data: bytes, start: int) -> tuple[int, int, int] | None:
    """Return opcode, begin and end of the payload of the frame at ``start``; None while it is not whole."""
    if len(data) < start + 2:
        return None
    length, begin = data[start + 1] & 0x7F, start + 2
    for marker, size in ((126, 2), (127, 8)):
        if length == marker and begin == start + 2:
            length, begin = int.from_bytes(data[begin : begin + size]), begin + size
    end = begin + length
    return (data[start] & 0x0F, begin, end) if len(data) >= max(begin, end) else None


if __name__ == "__main__":
    ViewerSockets(int(sys.argv[1])).obey()
