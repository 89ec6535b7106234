"""A fake collector: it serves posts from memory, by contract/socket_protocol.py.

It closes the connection on the next ``drops`` requests, and has no bytes below ``first_offset``. Like the real one, it
accepts reads and releases only from clients that know its secret.
"""

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

SECRET = "9f1c4b7e2a6d8035c1e4f7092b5d8a63"


class FakeCollector:
    """A stream that a test appends to. A day opens with its first post and closes with ``close_day``."""

    def __init__(self, source: str = "test", address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self.source = source
        self.lines = bytearray()
        self.days: dict[date, DaySpan] = {}
        self.clock: datetime | None = None
        self.stream_id = ""
        self.first_offset = 0
        self.released = 0
        self.done: set[date] = set()
        self.drops = 0
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                session = Session(fake)
                for line in self.rfile:
                    response = session.respond(decode_request(line))
                    if response is None:
                        return
                    self.wfile.write(response)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(address, Handler)
        self.address: tuple[str, int] = self._server.server_address
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

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

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def respond(self, request: Request) -> bytes:
        if isinstance(request, StatusRequest):
            until = monotonic() + request.seconds
            while len(self.lines) < request.wanted and monotonic() < until:
                sleep(0.005)
            return encode_line(self.status())
        if isinstance(request, ReleaseRequest):
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
