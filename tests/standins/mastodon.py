"""A stand-in for a Mastodon server: its description of itself, and its public stream of server-sent events.

Mastodon has no cursor. So every post that happens while nobody listens, or that does not arrive whole, is withheld for
good. Between two posts the server may send what must not count (``noise``).
"""

import contextlib
import fcntl
import json
import select
import socket
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterable
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

STREAM_PATH = "/api/v1/streaming/public"
HEARTBEAT_SECONDS = 15
THUMP = b":thump\n"
_FLOOD_POSTS = 200
_LIVE_STEP = timedelta(milliseconds=1)


def status_of(post: MadeUpPost, **changes: object) -> bytes:
    """Return a post as a server shows it. Its address is the same on every server."""
    account = f"https://made-up.example/@{post.account}"
    status = {
        "id": str(10_000 + post.number),
        "created_at": post.moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "sensitive": post.number % 5 == 0,
        "visibility": "public",
        "language": post.language,
        "uri": f"https://made-up.example/users/{post.account}/statuses/{post.number}",
        "content": f"<p>made up: Grüße {post.number}</p>",
        "reblog": None,
        "edited_at": None,
        "account": {"id": "5", "acct": post.account, "url": account, "bot": False, "note": "made up", "emojis": []},
        "media_attachments": [],
        "tags": [{"name": tag, "url": f"https://made-up.example/tags/{tag}"} for tag in post.hashtags],
    }
    return json.dumps(status | changes, ensure_ascii=False).encode()


def event(name: str, data: bytes) -> bytes:
    """Return a server-sent event."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), data)


def noise_after(post: MadeUpPost) -> bytes:
    """Return an event that must not count: an edit, a deletion, a boost, a post of a bot, a private one, a notice."""
    bot = {"acct": "bot", "url": "https://made-up.example/@bot", "bot": True}
    boosted = json.loads(status_of(post))
    address = f"https://made-up.example/users/{post.account}/statuses/{post.number}/"
    return (
        event("status.update", status_of(post, edited_at="2026-03-04T12:00:00Z", tags=[{"name": "Edited"}])),
        event("delete", b"%d" % (10_000 + post.number)),
        event("update", status_of(post, uri=address + "boost", reblog=boosted)),
        event("update", status_of(post, uri=address + "bot", account=bot)),
        event("update", status_of(post, uri=address + "private", visibility="private")),
        event("filters_changed", b"") + event("announcement", b"{}") + b": a comment\n",
    )[post.number % 6]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        stand_in = self.server.stand_in
        stand_in.requests.append((self.path, self.headers.get("Authorization", "")))
        with contextlib.suppress(OSError):
            if self.path == STREAM_PATH:
                self._stream()
            elif self.path == "/api/v2/instance":
                self.answer(*stand_in.instance)
            else:
                self.answer(404, b'{"error":"Not found"}')

    def answer(self, status: int, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        stand_in = self.server.stand_in
        self.close_connection = True
        number = stand_in.begin_connection()
        while step := stand_in.script.next(*OFFLINE_STEPS):
            stand_in.record.happen(step.count, withheld=True)
        step = stand_in.script.next(*REQUEST_STEPS)
        if isinstance(step, Refuse):
            self.answer(step.status, step.body, step.headers)
        elif isinstance(step, Hang):
            stand_in.script.closing.wait()
        elif stand_in.token is not None and self.headers.get("Authorization") != f"Bearer {stand_in.token}":
            missing = "Authorization" not in self.headers
            self.answer(401, b'{"error":"%s access token"}' % (b"Missing" if missing else b"Invalid"))
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            if stand_in.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            _Stream(stand_in, self.connection, number).run()


class _GoneError(OSError):
    """The client left, a newer connection took over, or the stand-in closes."""


class _Stream:
    """One open stream: runs the steps of the script until one ends it."""

    def __init__(self, stand_in: "MastodonStandIn", connection: socket.socket, number: int) -> None:
        self._stand_in = stand_in
        self._script = stand_in.script
        self._record = stand_in.record
        self._socket = connection
        self._number = number
        self._beaten_at = time.monotonic()

    def run(self) -> None:
        self._write(b":)\n")
        with self._stand_in.changed:
            self._stand_in.opened += 1
            self._stand_in.changed.notify_all()
        while True:
            if isinstance(self._script.steps[0] if self._script.steps else None, REQUEST_STEPS):
                self._end()
                return
            step = self._script.next()
            if step is None:
                self._hold()
                return
            if self._run(step):
                return

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
                self._write(b"".join(map(self._event, self._record.happened[-count:])))
            case Disorder(count):
                self._write(b"".join(map(self._event, reversed(self._record.happen(count)))))
            case Trickle(count, size, pause):
                self._trickle(count, size, pause)
            case Garbage(data):
                self._write(event("update", data))
            case Silence(seconds):
                self._script.pause(seconds)
                self._check()
            case step if isinstance(step, OFFLINE_STEPS):
                self._record.happen(step.count, withheld=True)
            case _:
                raise ScriptError(f"a Mastodon server cannot {step}")

    def _event(self, post: MadeUpPost) -> bytes:
        data = event("update", status_of(post, **self._stand_in.changes))
        return data + noise_after(post) if self._stand_in.noise else data

    def _send(self, count: int, seconds: float) -> None:
        if not seconds:
            for begun in range(0, count, _FLOOD_POSTS):
                self._check()
                self._write(b"".join(map(self._event, self._record.happen(min(_FLOOD_POSTS, count - begun)))))
            return
        for pause in spread(count, seconds):
            if self._pause(pause):
                raise _GoneError
            self._check()
            self._write(b"".join(map(self._event, self._record.happen(1))))

    def _trickle(self, count: int, size: int, pause: float) -> None:
        data = b"".join(map(self._event, self._record.happen(count)))
        for begun in range(0, len(data), size):
            self._write(data[begun : begun + size])
            if self._script.pause(pause):
                raise _GoneError

    def _cut(self, cut: Callable[[bytes], bytes]) -> None:
        (post,) = self._record.happen(1, withheld=True)
        self._write(cut(event("update", status_of(post))))
        self._end()

    def _close_mid_chunk(self) -> None:
        if not self._stand_in.chunked:
            raise ScriptError("this server sends no chunks")
        (post,) = self._record.happen(1, withheld=True)
        data = event("update", status_of(post))
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

    def _hold(self) -> None:
        while not self._pause(HEARTBEAT_SECONDS):
            self._check()

    def _pause(self, seconds: float) -> bool:
        """Wait so many seconds of the script's time, with heartbeats. Return whether the stand-in closes."""
        beat = HEARTBEAT_SECONDS / self._script.speed
        until = time.monotonic() + seconds / self._script.speed
        while (left := until - time.monotonic()) > 0:
            if self._script.closing.wait(min(left, max(0.0, self._beaten_at + beat - time.monotonic()))):
                return True
            if time.monotonic() >= self._beaten_at + beat:
                self._check()
                self._write(THUMP)
        return self._script.closing.is_set()

    def _check(self) -> None:
        """Notice a client that left: nothing may be sent into the void and counted as sent."""
        readable, _, _ = select.select([self._socket], [], [], 0)
        if self._number != self._stand_in.connections or (readable and not self._socket.recv(1, socket.MSG_PEEK)):
            raise _GoneError

    def _write(self, data: bytes) -> None:
        self._beaten_at = time.monotonic()
        if self._stand_in.chunked:
            data = b"%x\r\n%s\r\n" % (len(data), data) if data else b""
        self._socket.sendall(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stand_in: "MastodonStandIn", port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.stand_in = stand_in

    def handle_error(self, *_: object) -> None:
        """Note an error for the end of the test. A client that left is none."""
        error = sys.exception()
        if not isinstance(error, OSError):
            self.stand_in.errors.append(error)


class MastodonStandIn:
    """Runs its script over the connections that come, then holds the last one open.

    ``record`` has what happened, ``requests`` the path and the Authorization of each request, ``opened`` the number of
    streams that were accepted. ``instance`` is the answer of ``/api/v2/instance``.
    """

    def __init__(
        self,
        steps: Iterable[object] = (),
        *,
        speed: float = 1.0,
        make: Supply | None = None,
        token: str | None = None,
        chunked: bool = True,
        noise: bool = False,
        port: int = 0,
    ) -> None:
        self.script = Script(list(steps), speed)
        self.record = Record(make or supply(datetime.now(UTC), _LIVE_STEP))
        self.token = token
        self.chunked = chunked
        self.noise = noise
        self.changes: dict[str, object] = {}
        self.requests: list[tuple[str, str]] = []
        self.errors: list[BaseException | None] = []
        self.connections = 0
        self.opened = 0
        self.changed = threading.Condition()
        self._server = _Server(self, port)
        self.name = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.name}"
        self.instance: tuple[int, bytes] = (200, self.describe())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def describe(self, local: str = "public", remote: str = "public") -> bytes:
        """Return what version 4.5 says about itself, with the access to its live feeds."""
        configuration = {
            "urls": {"streaming": f"ws://{self.name}"},
            "timelines_access": {"live_feeds": {"local": local, "remote": remote}},
        }
        return json.dumps({"domain": "made-up.example", "version": "4.5.1", "configuration": configuration}).encode()

    def begin_connection(self) -> int:
        """Count a request for the stream. The stream before it ends."""
        with self.changed:
            self.connections += 1
            self.changed.notify_all()
            return self.connections

    def wait_until(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        """Wait until a condition holds."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.script.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        assert not self.errors
