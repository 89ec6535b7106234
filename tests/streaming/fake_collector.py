"""A fake collector: it serves posts from memory, by contract/socket_protocol.py.

It closes the connection on the next ``drops`` requests, and has no bytes below ``first_offset``. Like the real one, it
accepts reads and releases only from clients that know its secret, refuses releases beyond its end, and ends its
connections when it stops.
"""

import contextlib
import socket
import socketserver
import threading
from datetime import date, datetime
from time import monotonic, sleep

from contract.post import Post, encode_posts
from contract.secret import is_proof, new_nonce, proof
from contract.socket_protocol import (
    Challenge,
    ChallengeRequest,
    DaySpan,
    ErrorResponse,
    ProofAccepted,
    ProveRequest,
    ReadHeader,
    ReadRequest,
    ReleaseRequest,
    Request,
    StatusRequest,
    StreamStatus,
    decode_request,
    encode_line,
)
from tests.parallel import find_free_port

SECRET = "9f1c4b7e2a6d8035c1e4f7092b5d8a63"
_END_SECONDS = 60


class FakeCollector:
    """A stream that a test appends to. A day opens with its first post and closes with ``close_day``."""

    def __init__(self, source: str = "test", address: tuple[str, int] | None = None) -> None:
        self.source = source
        self.lines = bytearray()
        self.days: dict[date, DaySpan] = {}
        self.clock: datetime | None = None
        self.stream_id = ""
        self.first_offset = 0
        self.released = 0
        self.done: set[date] = set()
        self.drops = 0
        # The kernel gives this port to no connection. So after a stop another one can listen there.
        self.address = address or ("127.0.0.1", find_free_port())
        self._serve()

    def _serve(self) -> None:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def append(self, *posts: Post) -> None:
        for post in posts:
            self.days.setdefault(post.created_at.date(), DaySpan(len(self.lines)))
            self.lines += encode_posts([post])

    def close_day(self, day: date) -> None:
        self.days[day].closed_offset = len(self.lines)

    def status(self) -> StreamStatus:
        return StreamStatus(
            self.source, self.first_offset, len(self.lines), self.clock, dict(self.days), self.stream_id
        )

    def begin_anew(self, stream_id: str, *posts: Post) -> None:
        """Be away for a moment, as a collector that is started again, and serve another stream."""
        self._server.end()
        self.lines, self.days, self.stream_id = bytearray(), {}, stream_id
        self.released, self.done = 0, set()
        self.append(*posts)
        self._serve()

    def stop(self) -> None:
        self._server.end()

    def respond(self, request: Request) -> bytes:
        if isinstance(request, StatusRequest):
            until = monotonic() + request.seconds
            while len(self.lines) < request.wanted and monotonic() < until:
                sleep(0.005)
            return encode_line(self.status())
        if isinstance(request, ReleaseRequest) and request.offset <= len(self.lines):
            self.released = request.offset
            self.done |= set(request.done)
            self.days = {day: span for day, span in self.days.items() if day not in self.done}
            return encode_line(self.status())
        if isinstance(request, ReadRequest) and self.first_offset <= request.start <= request.end <= len(self.lines):
            lines = bytes(self.lines[self._line_start(request.start) : self._line_start(request.end)])
            return encode_line(ReadHeader(len(lines))) + lines
        return encode_line(ErrorResponse("that range is not kept"))

    def _line_start(self, offset: int) -> int:
        if offset == 0 or self.lines[offset - 1 : offset] == b"\n":
            return offset
        return self.lines.index(b"\n", offset) + 1


class _Handler(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        session = Session(self.server.collector)
        # A client may end its connection at any moment.
        with contextlib.suppress(OSError):
            for line in self.rfile:
                response = session.respond(decode_request(line))
                if response is None:
                    return
                self.wfile.write(response)


class _Server(socketserver.ThreadingTCPServer):
    """Answers each connection in a thread of its own."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, collector: FakeCollector) -> None:
        self.collector = collector
        self._connections: set[socket.socket] = set()
        super().__init__(collector.address, _Handler)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, peer = super().get_request()
        self._connections.add(connection)
        return connection, peer

    def close_request(self, request: socket.socket) -> None:
        self._connections.discard(request)
        super().close_request(request)

    def end(self) -> None:
        """Listen no more, and end all connections. Return once no request can be answered."""
        self.shutdown()
        self.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        until = monotonic() + _END_SECONDS
        while self._connections and monotonic() < until:
            sleep(0.005)
        assert not self._connections


class Session:
    """One connection, and whether it has proved that it knows the secret."""

    def __init__(self, collector: FakeCollector) -> None:
        self._collector = collector
        self._nonce = ""
        self._is_proven = False

    def respond(self, request: Request) -> bytes | None:
        """Return a response; None to close the connection instead."""
        if isinstance(request, ChallengeRequest):
            self._nonce = new_nonce()
            return encode_line(Challenge(self._nonce))
        if isinstance(request, ProveRequest):
            self._is_proven = is_proof(request.proof, SECRET, "reader", self._nonce, request.nonce)
            proven = ProofAccepted(proof(SECRET, "collector", self._nonce, request.nonce))
            return encode_line(proven if self._is_proven else ErrorResponse("the secret is wrong"))
        if self._collector.drops > 0:
            self._collector.drops -= 1
            return None
        if not self._is_proven and not isinstance(request, StatusRequest):
            return encode_line(ErrorResponse("that needs the secret"))
        return self._collector.respond(request)
