"""What stand-ins for networks that stream over HTTP share: a server, and a stream that runs the steps of a script.

These networks have no cursor. So every post that happens without a listener, or that does not arrive whole, is
withheld for good.
"""

import contextlib
import fcntl
import select
import socket
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.standins.script import (
    OFFLINE_STEPS,
    REQUEST_STEPS,
    Abort,
    Close,
    CloseMidChunk,
    CutInCharacter,
    Disorder,
    Duplicates,
    Garbage,
    HalfLine,
    Hang,
    MadeUpPost,
    Record,
    Refuse,
    Script,
    ScriptError,
    Send,
    Silence,
    Supply,
    Trickle,
    cut_in_character,
    spread,
    supply,
)

_FLOOD_POSTS = 200
_LIVE_STEP = timedelta(milliseconds=1)


class HttpStandIn:
    """Runs its script over the connections that come. Use it as a context manager.

    ``record`` has what happened. ``connections`` counts the requests for a stream, ``streaming`` is how many streams
    may still send, ``chunked`` is whether a stream has HTTP chunks.
    """

    heartbeat: bytes
    heartbeat_seconds: float

    def __init__(
        self, handler: type["HttpHandler"], steps: Iterable[object], speed: float, make: Supply | None, port: int
    ) -> None:
        self.script = Script(list(steps), speed)
        self.record = Record(make or supply(datetime.now(UTC), _LIVE_STEP))
        self.chunked = True
        self.connections = self.streaming = 0
        self.errors: list[BaseException | None] = []
        self.changed = threading.Condition()
        self._server = _Server(self, handler, port)
        self.name = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.name}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def wire(self, post: MadeUpPost) -> bytes:
        """Return a post as the network sends it."""
        raise NotImplementedError

    def wire_garbage(self, data: bytes) -> bytes:
        """Return bytes that are no post, as the network would frame them."""
        raise NotImplementedError

    def latest(self, count: int) -> list[MadeUpPost]:
        """Return the posts to send once more."""
        return self.record.sent[-count:]

    def note_sent(self, posts: int, whole: bool = True) -> None:
        """Note that so many posts were sent, or parts of posts."""

    def note_opened(self) -> None:
        """Note that a stream was accepted, and began."""

    def hold(self, stream: "HttpStream") -> None:
        """Keep a stream open after the script."""
        while not stream.pause(self.heartbeat_seconds):
            stream.check()

    def begin_connection(self) -> int:
        """Count a request for a stream. The stream before it ends."""
        with self.changed:
            self.connections += 1
            self.changed.notify_all()
            return self.connections

    def wait_until(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Wait until a condition on this stand-in holds."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds)

    def wait_for_silence(self) -> None:
        """Wait until no stream can send any more: its client was killed, or the stand-in closes."""
        self.wait_until(lambda: self.streaming == 0)

    @contextlib.contextmanager
    def counted_stream(self) -> Iterator[None]:
        """Count a stream as one that may send."""
        with self.changed:
            self.streaming += 1
        try:
            yield
        finally:
            with self.changed:
                self.streaming -= 1
                self.changed.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.script.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        assert not self.errors


class HttpHandler(BaseHTTPRequestHandler):
    """Answers requests, and serves the stream by the script."""

    server: "_Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def is_refused(self) -> bool:
        """Run the steps before a stream. Return whether one of them answered the request."""
        stand_in = self.server.stand_in
        self.close_connection = True
        while step := stand_in.script.next(*OFFLINE_STEPS):
            stand_in.record.happen(step.count, withheld=True)
        step = stand_in.script.next(*REQUEST_STEPS)
        if isinstance(step, Refuse):
            with contextlib.suppress(OSError):
                self.answer(step.status, step.body, step.headers)
        elif isinstance(step, Hang):
            stand_in.script.closing.wait()
        return step is not None

    def stream(self, number: int, first: bytes, **headers: str) -> None:
        """Accept the request, and run the steps of the stream, which is connection ``number``."""
        stand_in = self.server.stand_in
        if stand_in.script.closing.is_set():
            return
        with stand_in.counted_stream(), contextlib.suppress(OSError):
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if stand_in.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            HttpStream(stand_in, self.connection, number).run(first)


class _GoneError(OSError):
    """The client left, a newer connection took over, or the stand-in closes."""


class HttpStream:
    """One open stream: runs the steps of the script until one ends it, then is held open."""

    def __init__(self, stand_in: HttpStandIn, connection: socket.socket, number: int) -> None:
        self._stand_in = stand_in
        self._script = stand_in.script
        self._record = stand_in.record
        self._socket = connection
        self._sent_at = time.monotonic()
        self.number = number

    def run(self, first: bytes) -> None:
        """Send the first bytes, then run the steps."""
        self.write(first)
        self._stand_in.note_opened()
        while not isinstance(self._script.steps[0] if self._script.steps else None, REQUEST_STEPS):
            step = self._script.next()
            if step is None:
                self._stand_in.hold(self)
                break
            if self._run(step):
                return
        self._end()

    def write(self, data: bytes) -> None:
        """Send bytes, as a chunk if the stream has chunks."""
        self._sent_at = time.monotonic()
        if self._stand_in.chunked and data:
            data = b"%x\r\n%s\r\n" % (len(data), data)
        self._socket.sendall(data)

    def pause(self, seconds: float) -> bool:
        """Wait so many seconds of the script's time, with heartbeats. Return whether the stand-in closes."""
        beat = self._stand_in.heartbeat_seconds / self._script.speed
        until = time.monotonic() + seconds / self._script.speed
        while (left := until - time.monotonic()) > 0:
            if self._script.closing.wait(min(left, max(0.0, self._sent_at + beat - time.monotonic()))):
                return True
            if time.monotonic() >= self._sent_at + beat:
                self.check()
                self.write(self._stand_in.heartbeat)
        return self._script.closing.is_set()

    def check(self) -> None:
        """Notice a client that left: nothing may be sent into the void and counted as sent."""
        readable, _, _ = select.select([self._socket], [], [], 0)
        if self.number != self._stand_in.connections or (readable and not self._socket.recv(1, socket.MSG_PEEK)):
            raise _GoneError

    def _run(self, step: object) -> bool:
        """Run a step. Return whether it ended the connection."""
        match step:
            case HalfLine():
                self._cut(lambda data: data[: len(data) // 2])
            case CutInCharacter():
                self._cut(cut_in_character)
            case CloseMidChunk():
                self._close_mid_chunk()
            case Close():
                self._end()
            case Abort():
                self._abort()
            case _:
                self._run_on(step)
                return False
        return True

    def _run_on(self, step: object) -> None:
        """Run a step after which the connection is open."""
        match step:
            case Send(count, seconds):
                self._send(count, seconds)
            case Duplicates(count):
                self._write_posts(self._stand_in.latest(count))
            case Disorder(count):
                self._write_posts(list(reversed(self._record.happen(count))))
            case Trickle(count, size, pause):
                self._trickle(count, size, pause)
            case Garbage(data):
                self.write(self._stand_in.wire_garbage(data))
            case Silence(seconds):
                self._script.pause(seconds)
                self.check()
            case step if isinstance(step, OFFLINE_STEPS):
                self._record.happen(step.count, withheld=True)
            case _:
                raise ScriptError(f"a stream over HTTP cannot {step}")

    def _send(self, count: int, seconds: float) -> None:
        if not seconds:
            for begun in range(0, count, _FLOOD_POSTS):
                self.check()
                self._write_posts(self._record.happen(min(_FLOOD_POSTS, count - begun)))
            return
        for pause in spread(count, seconds):
            if self.pause(pause):
                raise _GoneError
            self.check()
            self._write_posts(self._record.happen(1))

    def _write_posts(self, posts: list[MadeUpPost]) -> None:
        self.write(b"".join(map(self._stand_in.wire, posts)))
        self._stand_in.note_sent(len(posts))

    def _trickle(self, count: int, size: int, pause: float) -> None:
        posts = self._record.happen(count)
        data = b"".join(map(self._stand_in.wire, posts))
        for begun in range(0, len(data), size):
            self.write(data[begun : begun + size])
            if self._script.pause(pause):
                raise _GoneError
        self._stand_in.note_sent(len(posts))

    def _cut(self, cut: Callable[[bytes], bytes]) -> None:
        """Send a part of a post, and end in order."""
        (post,) = self._record.happen(1, withheld=True)
        self._stand_in.note_sent(1, whole=False)
        self.write(cut(self._stand_in.wire(post)))
        self._end()

    def _close_mid_chunk(self) -> None:
        if not self._stand_in.chunked:
            raise ScriptError("this server sends no chunks")
        (post,) = self._record.happen(1, withheld=True)
        data = self._stand_in.wire(post)
        self._socket.sendall(b"%x\r\n%s" % (len(data), data[: len(data) // 2]))

    def _end(self) -> None:
        if self._stand_in.chunked:
            self._socket.sendall(b"0\r\n\r\n")

    def _abort(self) -> None:
        """Reset the connection, once everything sent is on the client's side."""
        while struct.unpack("i", fcntl.ioctl(self._socket, termios.TIOCOUTQ, b"\0\0\0\0"))[0]:
            time.sleep(0.001)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stand_in: HttpStandIn, handler: type[HttpHandler], port: int) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.stand_in = stand_in

    def handle_error(self, *_: object) -> None:
        """Note an error for the end of the test. A client that left is none."""
        if not isinstance(error := sys.exception(), OSError):
            self.stand_in.errors.append(error)
