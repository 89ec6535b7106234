"""A stand-in for X's API: rules, usage, and the filtered and sampled streams in the wire format.

X does not send again what it sent while nobody listened, and it charges every post that it sends, also a second time.
After its script a stand-in sends the lines that a test queues (``send``), until ``hang_up``.
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
from collections import deque
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

TOKEN = "made-up-token"
KEEP_ALIVE = b"\r\n"
KEEP_ALIVE_SECONDS = 20
TOO_MANY = {
    "title": "ConnectionException",
    "detail": "This stream is at its limit.",
    "connection_issue": "TooManyConnections",
}
DISCONNECT = (
    b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect",'
    b'"detail":"This stream has been disconnected upstream for operational reasons.",'
    b'"type":"https://api.x.com/2/problems/operational-disconnect"}]}'
)
"""Sent as :class:`Garbage`, it makes the client leave."""

_FIRST_ID = 1_860_000_000_000_000_000
_FLOOD_POSTS = 200
_LIVE_STEP = timedelta(milliseconds=1)
_X_CODES = {None: "und", "he": "iw", "id": "in"}


def stream_line(number: int, created_at: str, **data: object) -> bytes:
    """One post as the stream sends it."""
    post = {
        "id": str(number),
        "text": "made up",
        "created_at": created_at,
        "lang": "en",
        "edit_history_tweet_ids": [str(number)],
        "entities": {"hashtags": [{"start": 0, "end": 4, "tag": "Tea"}]},
    }
    return json.dumps({"data": post | data, "matching_rules": [{"id": "1"}]}).encode() + b"\r\n"


def line_of(post: MadeUpPost) -> bytes:
    """Return a post as the stream sends it: by its number as it was written, as a retweet, a long or an edited post."""
    identity = str(_FIRST_ID + post.number)
    entities = {"hashtags": [{"start": 0, "end": len(tag) + 1, "tag": tag} for tag in post.hashtags]}
    data: dict[str, object] = {
        "id": identity,
        "text": f"made up: Grüße {post.number}",
        "created_at": post.moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lang": _X_CODES.get(post.language, post.language),
        "author_id": str(7_000 + int(post.account.removeprefix("account"))),
        "edit_history_tweet_ids": [identity],
        "entities": entities,
    }
    line: dict[str, object] = {"data": data, "matching_rules": [{"id": "1", "tag": "trendsite:en"}]}
    match post.number % 4:
        case 1:
            original = {"id": str(_FIRST_ID - 1 - post.number), "text": "made up", "entities": entities}
            cut = {"text": "RT @made_up: Grüße #Cu…", "entities": {"hashtags": [{"tag": "Cu…"}]}}
            data |= cut | {"referenced_tweets": [{"type": "retweeted", "id": original["id"]}]}
            line["includes"] = {"tweets": [original]}
        case 2:
            data |= {"note_tweet": {"text": "made up, and long", "entities": entities}, "entities": {}}
        case 3:
            data["edit_history_tweet_ids"] = [identity, str(_FIRST_ID + 10**15 + post.number)]
    return json.dumps(line, ensure_ascii=False).encode() + b"\r\n"


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self._is_allowed():
            return
        path, stand_in = self.path.split("?")[0], self.server.stand_in
        if path == "/2/usage/tweets":
            self._answer(*stand_in.report_usage())
        elif path.endswith("/rules"):
            self._answer(200, {"data": list(stand_in.rules.values()), "meta": {}} if stand_in.rules else {})
        else:
            stand_in.requests.append(self.path)
            self._stream()

    def do_POST(self) -> None:
        if not self._is_allowed():
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(*self.server.stand_in.change_rules(body))

    def _is_allowed(self) -> bool:
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._answer(401, {"title": "Unauthorized", "detail": "Unauthorized"})
            return False
        return True

    def _answer(self, status: int, body: dict[str, object], headers: Iterable[tuple[str, str]] = ()) -> None:
        self._answer_bytes(status, json.dumps(body).encode(), headers)

    def _answer_bytes(self, status: int, body: bytes, headers: Iterable[tuple[str, str]]) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        stand_in = self.server.stand_in
        if stand_in.refusals:
            status, body, headers = stand_in.refusals.popleft()
            self._answer(status, body, headers.items())
            return
        self.close_connection = True
        while step := stand_in.script.next(*OFFLINE_STEPS):
            stand_in.record.happen(step.count, withheld=True)
        step = stand_in.script.next(*REQUEST_STEPS)
        with contextlib.suppress(OSError):
            if isinstance(step, Refuse):
                self._answer_bytes(step.status, step.body, step.headers)
            elif isinstance(step, Hang):
                stand_in.script.closing.wait()
            else:
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                _Stream(stand_in, self.connection).run()


class _GoneError(OSError):
    """The client left, a newer connection took over, or the stand-in closes."""


class _Stream:
    """One open stream: runs the steps of the script until one ends it, then sends what tests queue."""

    def __init__(self, stand_in: "XStandIn", connection: socket.socket) -> None:
        self._stand_in = stand_in
        self._script = stand_in.script
        self._record = stand_in.record
        self._socket = connection
        self._sent_at = time.monotonic()
        self._number = stand_in.begin_connection()

    def run(self) -> None:
        self._write(KEEP_ALIVE)
        while not isinstance(self._script.steps[0] if self._script.steps else None, REQUEST_STEPS):
            step = self._script.next()
            if step is None:
                self._hold()
                return
            if self._run(step):
                return
        self._end()

    def _run(self, step: object) -> bool:
        """Run a step. Return whether it ended the connection."""
        match step:
            case HalfLine():
                self._cut(lambda data: data[: len(data) // 2])
            case CutInCharacter():
                self._cut(cut_in_character)
            case CloseMidChunk():
                (post,) = self._record.happen(1, withheld=True)
                data = line_of(post)
                self._socket.sendall(b"%x\r\n%s" % (len(data), data[: len(data) // 2]))
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
                self._write_posts(self._record.sent[-count:])
            case Disorder(count):
                self._write_posts(list(reversed(self._record.happen(count))))
            case Trickle(count, size, pause):
                self._trickle(count, size, pause)
            case Garbage(data):
                self._stand_in.charged += data.startswith(b"{ ")
                self._write(data + b"\r\n")
            case Silence(seconds):
                self._script.pause(seconds)
                self._check()
            case step if isinstance(step, OFFLINE_STEPS):
                self._record.happen(step.count, withheld=True)
            case _:
                raise ScriptError(f"X cannot {step}")

    def _send(self, count: int, seconds: float) -> None:
        if not seconds:
            for begun in range(0, count, _FLOOD_POSTS):
                self._check()
                self._write_posts(self._record.happen(min(_FLOOD_POSTS, count - begun)))
            return
        for pause in spread(count, seconds):
            if self._pause(pause):
                raise _GoneError
            self._check()
            self._write_posts(self._record.happen(1))

    def _trickle(self, count: int, size: int, pause: float) -> None:
        posts = self._record.happen(count)
        data = b"".join(map(line_of, posts))
        for begun in range(0, len(data), size):
            self._write(data[begun : begun + size])
            if self._script.pause(pause):
                raise _GoneError
        self._stand_in.charged += len(posts)

    def _cut(self, cut: Callable[[bytes], bytes]) -> None:
        """Send a part of a post, and end in order: what arrives is an object that cannot be read, and is charged."""
        (post,) = self._record.happen(1, withheld=True)
        self._stand_in.charged += 1
        self._stand_in.unreadable += 1
        self._write(cut(line_of(post)))
        self._end()

    def _end(self) -> None:
        self._socket.sendall(b"0\r\n\r\n")

    def _abort(self) -> None:
        """Reset the connection, once everything sent is on the client's side."""
        while struct.unpack("i", fcntl.ioctl(self._socket, termios.TIOCOUTQ, b"\0\0\0\0"))[0]:
            time.sleep(0.001)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _hold(self) -> None:
        """Send what tests queue, and keep-alives, until a test or another connection ends this one."""
        while True:
            line = self._stand_in.next_line(self._number, KEEP_ALIVE_SECONDS / self._script.speed)
            if line is None:
                self._end()
                return
            self._write(line)

    def _pause(self, seconds: float) -> bool:
        """Wait so many seconds of the script's time, with keep-alives. Return whether the stand-in closes."""
        beat = KEEP_ALIVE_SECONDS / self._script.speed
        until = time.monotonic() + seconds / self._script.speed
        while (left := until - time.monotonic()) > 0:
            if self._script.closing.wait(min(left, max(0.0, self._sent_at + beat - time.monotonic()))):
                return True
            if time.monotonic() >= self._sent_at + beat:
                self._check()
                self._write(KEEP_ALIVE)
        return self._script.closing.is_set()

    def _check(self) -> None:
        """Notice a client that left: nothing may be sent into the void and counted as sent."""
        readable, _, _ = select.select([self._socket], [], [], 0)
        if self._number != self._stand_in.connections or (readable and not self._socket.recv(1, socket.MSG_PEEK)):
            raise _GoneError

    def _write_posts(self, posts: list[MadeUpPost]) -> None:
        self._write(b"".join(map(line_of, posts)))
        self._stand_in.charged += len(posts)

    def _write(self, data: bytes) -> None:
        self._sent_at = time.monotonic()
        if data:
            self._socket.sendall(b"%x\r\n%s\r\n" % (len(data), data))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stand_in: "XStandIn", port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.stand_in = stand_in

    def handle_error(self, *_: object) -> None:
        """Note an error for the end of the test; a client may leave at any moment."""
        if not isinstance(error := sys.exception(), OSError):
            self.stand_in.errors.append(error)


class XStandIn:
    """Runs its script over the connections that come, then sends the lines of tests on the last one.

    ``record`` has what happened, ``charged`` the number of lines that X would charge, ``unreadable`` the posts of which
    only a part was sent in order. ``usage`` is the answer of the usage endpoint.
    """

    def __init__(
        self, steps: Iterable[object] = (), *, speed: float = 1.0, make: Supply | None = None, port: int = 0
    ) -> None:
        self.script = Script(list(steps), speed)
        self.record = Record(make or supply(datetime.now(UTC), _LIVE_STEP))
        self.charged = self.unreadable = 0
        self.rules: dict[str, dict[str, str]] = {}
        self.refusals: deque[tuple[int, dict[str, object], dict[str, str]]] = deque()
        self.usage: tuple[int, dict[str, object]] = (403, {"title": "Client Forbidden"})
        self.rule_errors: list[dict[str, str]] = []
        self.connections = 0
        self.requests: list[str] = []
        self.usage_requests: list[str] = []
        self.errors: list[BaseException | None] = []
        self.changed = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._hang_up = False
        self._next_id = 100
        self._server = _Server(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.script.closing.set()
        self.hang_up()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        assert not self.errors

    def send(self, *lines: bytes) -> None:
        """Queue lines for the connection after the script. What a client that left did not get is for the next one."""
        with self.changed:
            self._lines.extend(lines)
            self.changed.notify_all()

    def hang_up(self) -> None:
        """End the connection that sends queued lines, in order."""
        with self.changed:
            self._hang_up = True
            self.changed.notify_all()

    def wait_until(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        """Wait until a condition holds."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds)

    def values(self) -> dict[str, str]:
        """Return the value of each tag's rule."""
        return {rule["tag"]: rule["value"] for rule in self.rules.values()}

    def report_usage(self) -> tuple[int, dict[str, object]]:
        """Note a request for the usage, and return its answer."""
        with self.changed:
            self.usage_requests.append("/2/usage/tweets")
            self.changed.notify_all()
        return self.usage

    def change_rules(self, body: dict) -> tuple[int, dict[str, object]]:
        """Add and delete rules. Like X, refuse a second rule of one value."""
        errors: list[dict[str, str]] = list(self.rule_errors)
        with self.changed:
            present = {rule["value"] for rule in self.rules.values()}
            for rule in body.get("add", []):
                if rule["value"] in present:
                    errors.append({"title": "DuplicateRule", "value": rule["value"]})
                    continue
                self._next_id += 1
                self.rules[str(self._next_id)] = {"id": str(self._next_id), **rule}
            for rule_id in body.get("delete", {}).get("ids", []):
                self.rules.pop(rule_id, None)
            self.changed.notify_all()
        return 201 if "add" in body else 200, {"meta": {}} | ({"errors": errors} if errors else {})

    def begin_connection(self) -> int:
        """Count a stream. The one before it ends."""
        with self.changed:
            self.connections += 1
            self._hang_up = False
            self.changed.notify_all()
            return self.connections

    def next_line(self, number: int, seconds: float) -> bytes | None:
        """Return the next queued line, a keep-alive after so many seconds, or None if the connection ends."""
        with self.changed:
            self.changed.wait_for(lambda: self._lines or self._hang_up or number != self.connections, seconds)
            if number != self.connections or (self._hang_up and not self._lines):
                return None
            return self._lines.popleft() if self._lines else KEEP_ALIVE
