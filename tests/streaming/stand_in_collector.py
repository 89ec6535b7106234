"""A collector of the tests' own: serves posts from memory, by contract/socket_protocol.py.

``drops`` is how many requests it answers by closing the connection; below ``first_offset`` it keeps nothing.
"""

import socketserver
import threading
from datetime import date

from contract.post import Post, encode_posts
from contract.socket_protocol import (
    DaySpan,
    ReadHeader,
    ReadRequest,
    Refusal,
    ReleaseRequest,
    StatusRequest,
    StreamStatus,
    decode_request,
    encode_line,
)


class StandInCollector:
    """Holds a stream that a test appends to; days open with their first post and close when told."""

    def __init__(self, source: str = "test") -> None:
        self.source = source
        self.lines = bytearray()
        self.days: dict[date, DaySpan] = {}
        self.first_offset = 0
        self.released = 0
        self.drops = 0
        stand_in = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    if stand_in.drops > 0:
                        stand_in.drops -= 1
                        return
                    self.wfile.write(stand_in._answer(line))

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address: tuple[str, int] = self._server.server_address
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def append(self, *posts: Post) -> None:
        for post in posts:
            self.days.setdefault(post.created_at.date(), DaySpan(len(self.lines)))
            self.lines += encode_posts([post])

    def close_day(self, day: date) -> None:
        self.days[day].closed_offset = len(self.lines)

    def status(self) -> StreamStatus:
        return StreamStatus(self.source, self.first_offset, len(self.lines), None, dict(self.days))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, line: bytes) -> bytes:
        request = decode_request(line)
        if isinstance(request, StatusRequest):
            return encode_line(self.status())
        if isinstance(request, ReleaseRequest):
            self.released = request.offset
            return encode_line(self.status())
        if isinstance(request, ReadRequest) and self.first_offset <= request.start <= request.end <= len(self.lines):
            lines = bytes(self.lines[self._line_start(request.start) : self._line_start(request.end)])
            return encode_line(ReadHeader(len(lines))) + lines
        return encode_line(Refusal("that range is not kept"))

    def _line_start(self, offset: int) -> int:
        if offset == 0 or self.lines[offset - 1 : offset] == b"\n":
            return offset
        return self.lines.index(b"\n", offset) + 1
