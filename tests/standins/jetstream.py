"""A stand-in for Bluesky's Jetstream, versions 1 and 2, on loopback.

It answers as the server's source (bluesky-social/jetstream) and the recorded samples do: cursors, the retention floor,
refusals before the upgrade, one zstd frame a message. A post that happened stays in its log, so a client that comes
back with a cursor gets it, unless it was withheld.
"""

import contextlib
import logging
import socket
import struct
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import zstandard
from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from tests.standins.jetstream_wire import (
    did_of,
    event_1,
    event_2,
    frame,
    microseconds,
    record_key,
    to_json,
    trained_dictionary,
)
from tests.standins.script import (
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
    Meanwhile,
    Record,
    Refuse,
    Script,
    ScriptError,
    Send,
    Silence,
    Supply,
    Trickle,
    Withhold,
    cut_in_character,
)

VERSION_1 = "/subscribe"
VERSION_2 = "/xrpc/network.bsky.jetstream.subscribeEvents"
DICTIONARY = "/xrpc/network.bsky.jetstream.getZstdDictionary"
_PARAMETERS = {
    VERSION_1: {"wantedCollections", "wantedDids", "cursor", "compress", "requireHello", "maxMessageSizeBytes"},
    VERSION_2: {"collections", "kinds", "dids", "cursor", "zstdDictionary", "maxMessageSizeBytes"},
}
_FIRST_TIME_CURSOR = 10**15
_quiet = logging.getLogger("tests.standins.jetstream")
_quiet.setLevel(logging.ERROR)
_WRITE_POSTS = 500


# Steps that only Jetstream has.


@dataclass(frozen=True, slots=True)
class TooOld:
    """The next posts happen without a listener, and the server no longer keeps anything up to now."""

    count: int


@dataclass(frozen=True, slots=True)
class NewDictionary:
    """The server retires its dictionary: a client that names the old one is refused."""


@dataclass(frozen=True, slots=True)
class ForeignDictionary:
    """Compress the next posts with a dictionary that the server does not hand out, on a compressed connection."""

    count: int


@dataclass(frozen=True, slots=True)
class OtherInstance:
    """Another instance answers at this address from now on: it has other sequence numbers for the same posts."""

    offset: int


@dataclass(frozen=True, slots=True)
class TooSlow:
    """Tell the client that it is too slow, and close."""


@dataclass(frozen=True, slots=True)
class Others:
    """Send events that are no new posts: a like, an edit, a deletion, an identity, an account, an old post."""


class _RefusedError(Exception):
    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error = status, error


@dataclass
class _Client:
    """A connection that is subscribed: its version, the next post to send, and how to compress."""

    connection: socket.socket
    number: int
    version: int
    next: int
    compress: Callable[[bytes], bytes] | None

    def wire(self, text: bytes) -> bytes:
        return frame(self.compress(text), Opcode.BINARY) if self.compress else frame(text)


class JetstreamStandIn:
    """Serves both versions, or those in ``versions``, at ``url``. Use it as a context manager."""

    def __init__(
        self,
        steps: Iterable[object],
        make: Supply,
        *,
        speed: float = 1.0,
        versions: tuple[int, ...] = (1, 2),
        record: Record | None = None,
        offset: int = 5_000,
        has_dictionary: bool = True,
    ) -> None:
        """Run ``steps`` on posts that ``make`` makes up. Stand-ins that share a ``record`` serve the same posts."""
        self.script = Script(list(steps), speed)
        self.record = record or Record(make)
        self.requests: list[str] = []
        self.connections = 0
        self.changed = threading.Condition()
        self._versions = versions
        self._offset = offset
        self._floor = 0
        self._dictionary = 4_711 if has_dictionary else 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: set[socket.socket] = set()
        self._turn = threading.Lock()

    def __enter__(self) -> "JetstreamStandIn":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.script.closing.set()
        with self.changed:
            self.changed.notify_all()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Wait for a condition on this stand-in, such as the number of its connections."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds)

    # One connection.

    def _accept(self) -> None:
        while not self.script.closing.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._answer(connection)
        except OSError:
            pass  # the client has left
        finally:
            self._open.discard(connection)
            connection.close()

    def _answer(self, connection: socket.socket) -> None:
        protocol = ServerProtocol(logger=_quiet)
        while not (events := protocol.events_received()):
            data = connection.recv(65_536)
            if not data:
                return
            protocol.receive_data(data)
        request = events[0]
        assert isinstance(request, Request)
        with self.changed:
            self.requests.append(request.path)
            self.changed.notify_all()
        address = urlsplit(request.path)
        query = parse_qs(address.query)
        version = {VERSION_1: 1, VERSION_2: 2}.get(address.path)
        try:
            if address.path == DICTIONARY:
                self._send_dictionary(connection)
            else:
                self._subscribe(connection, protocol, request, version, query)
        except _RefusedError as refused:
            body = to_json({"error": refused.error, "message": str(refused)})
            connection.sendall(_response(refused.status, body, (("Content-Type", "application/json"),)))

    def _send_dictionary(self, connection: socket.socket) -> None:
        if not self._dictionary or 2 not in self._versions:
            raise _RefusedError(404, "DictionaryNotFound", "no dictionary")
        data = trained_dictionary(self._dictionary).as_bytes()
        connection.sendall(_response(200, data, (("Content-Type", "application/octet-stream"),)))

    def _subscribe(
        self,
        connection: socket.socket,
        protocol: ServerProtocol,
        request: Request,
        version: int | None,
        query: dict[str, list[str]],
    ) -> None:
        if version not in self._versions:
            raise _RefusedError(404, "MethodNotImplemented", "no such path")
        if unknown := query.keys() - _PARAMETERS[VERSION_1 if version == 1 else VERSION_2]:
            raise _RefusedError(400, "InvalidRequest", f"unknown parameters {unknown}")
        self._skip_offline_steps()
        if step := self.script.next(Refuse):
            assert isinstance(step, Refuse)
            connection.sendall(_response(step.status, step.body, step.headers))
            return
        if self.script.next(Hang):
            self.script.closing.wait()
            return
        compress = self._compression(version, query)
        start, info = self._start(version, query)
        protocol.send_response(protocol.accept(request))
        connection.sendall(b"".join(protocol.data_to_send()))
        with self.changed:
            self.connections += 1
            client = _Client(connection, self.connections, version, start, compress)
            self.changed.notify_all()
        if info:
            connection.sendall(client.wire(info))
        with self._turn:
            self._flush(client)
            self._run(client)

    def _compression(self, version: int, query: dict[str, list[str]]) -> Callable[[bytes], bytes] | None:
        named = query.get("zstdDictionary") if version == 2 else None
        if not named:
            return None
        if int(named[0]) != self._dictionary:
            message = f"unknown zstd dictionary id {named[0]}; current dictionary id is {self._dictionary}"
            raise _RefusedError(400, "UnknownZstdDictionary", message)
        return zstandard.ZstdCompressor(dict_data=trained_dictionary(self._dictionary)).compress

    def _start(self, version: int, query: dict[str, list[str]]) -> tuple[int, bytes]:
        """Return the first post to send, and a notice to send before it."""
        if "cursor" not in query:
            return len(self.record.happened), b""
        cursor = int(query["cursor"][0])
        with self.record.lock:
            posts = self.record.happened
            if cursor < _FIRST_TIME_CURSOR:
                position = cursor - self._offset
                if position < self._floor and version == 2:
                    message = f"cursor {cursor} below lookback floor {self._floor + self._offset}"
                    raise _RefusedError(400, "CursorTooOld", message)
                return min(max(position, self._floor), len(posts)), b""
            position = bisect_left(posts, cursor, key=lambda post: microseconds(post.moment))
        if position >= self._floor or version == 1:
            return max(position, self._floor), b""
        info = {"$type": "network.bsky.jetstream.subscribeEvents#info", "name": "OutdatedCursor"}
        return self._floor, to_json({"$type": "message", "payload": info})

    # The script.

    def _skip_offline_steps(self) -> None:
        while step := self.script.next(Meanwhile, Withhold, TooOld, NewDictionary, OtherInstance):
            self._do_offline(step)

    def _do_offline(self, step: object) -> None:
        if isinstance(step, Meanwhile):
            self.record.happen(step.count)
        elif isinstance(step, Withhold):
            self.record.happen(step.count, withheld=True)
        elif isinstance(step, TooOld):
            self.record.happen(step.count, withheld=True)
            self._floor = len(self.record.happened)
        elif isinstance(step, NewDictionary):
            self._dictionary += 1
        elif isinstance(step, OtherInstance):
            self._offset += step.offset

    def _run(self, client: _Client) -> None:
        """Run the steps on an open connection until one ends it, or another client comes."""
        while not self.script.closing.is_set() and client.number == self.connections:
            if self.script.steps and isinstance(self.script.steps[0], Refuse | Hang):
                client.connection.sendall(frame(_GOING_AWAY, Opcode.CLOSE))
                return
            step = self.script.next()
            if step is None:
                self._hold(client)
                return
            if isinstance(step, Meanwhile | Withhold | TooOld | NewDictionary | OtherInstance):
                self._do_offline(step)
            elif self._do(client, step):
                return

    def _hold(self, client: _Client) -> None:
        """Keep the connection open, and answer nothing, until the client leaves, another comes or the test ends."""
        with self.changed:
            self.changed.notify_all()
        client.connection.settimeout(0.05)
        while not self.script.closing.is_set() and client.number == self.connections:
            with contextlib.suppress(TimeoutError):
                if not client.connection.recv(4_096):
                    return

    def _do(self, client: _Client, step: object) -> bool:
        """Do a step of a stream. Return whether the connection has ended."""
        match step:
            case Send():
                self._send(client, step)
            case Duplicates(count):
                self._write(client, self._sent_lately(client, count))
            case Disorder(count):
                self._write(client, reversed(self._next(client, count)))
            case ForeignDictionary(count):
                self.record.happen(count)
                self._flush(client, client.compress and _foreign_compress())
            case Trickle():
                self._trickle(client, step)
            case Garbage() | Others():
                texts = [step.data] if isinstance(step, Garbage) else self._others(client)
                self._write_texts(client, texts)
            case Silence(seconds):
                self._be_silent(client, seconds)
            case _:
                self._end(client, step)
                return True
        return False

    def _next(self, client: _Client, count: int) -> list[MadeUpPost]:
        """Let the next posts happen, which the caller sends."""
        posts = self.record.happen(count)
        client.next = len(self.record.happened)
        return posts

    def _end(self, client: _Client, step: object) -> None:
        connection = client.connection
        if isinstance(step, HalfLine | CutInCharacter | CloseMidChunk):
            (post,) = self.record.happen(1)
            text = self._text(client.version, post)
            if isinstance(step, CloseMidChunk):
                connection.sendall(frame(text)[:4])
            elif isinstance(step, HalfLine):
                whole = client.wire(text)
                connection.sendall(whole[: len(whole) // 2])
            else:
                connection.sendall(frame(text)[: len(frame(text)) - len(text)] + cut_in_character(text))
        elif isinstance(step, Abort):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif isinstance(step, TooSlow):
            error = {"$type": "error", "error": "ConsumerTooSlow", "message": "reading below the floor rate"}
            if client.version == 2:
                connection.sendall(client.wire(to_json(error)))
            connection.sendall(frame(_GOING_AWAY, Opcode.CLOSE))
        elif isinstance(step, Close):
            connection.sendall(frame(_GOING_AWAY, Opcode.CLOSE))
        else:
            raise ScriptError(f"Jetstream has no {step}")

    def _send(self, client: _Client, step: Send) -> None:
        """Send posts evenly. If the client leaves, the rest happens without it."""
        begun, left = monotonic(), step.count
        while left:
            due = step.count if step.seconds == 0 else _due(step, (monotonic() - begun) * self.script.speed)
            count = min(max(due - (step.count - left), 0), _WRITE_POSTS)
            if count:
                self.record.happen(count)
                left -= count
                try:
                    self._flush(client)
                except OSError:
                    self.record.happen(left)
                    raise
            elif self.script.closing.wait(0.005):
                return

    def _flush(self, client: _Client, compress: Callable[[bytes], bytes] | None = None) -> None:
        """Send what has happened and the client does not have yet."""
        own = client.compress
        client.compress = compress or own
        while client.next < len(self.record.happened):
            with self.record.lock:
                posts = self.record.happened[client.next : client.next + _WRITE_POSTS]
                wanted = [post for post in posts if post.number not in self.record.withheld]
            self._write(client, wanted)
            client.next += len(posts)
        client.compress = own

    def _write(self, client: _Client, posts: Iterable[MadeUpPost]) -> None:
        self._write_texts(client, (self._text(client.version, post) for post in posts))

    def _write_texts(self, client: _Client, texts: Iterable[bytes]) -> None:
        client.connection.sendall(b"".join(client.wire(text) for text in texts))

    def _text(self, version: int, post: MadeUpPost) -> bytes:
        return event_1(post) if version == 1 else event_2(post, post.number + self._offset)

    def _sent_lately(self, client: _Client, count: int) -> list[MadeUpPost]:
        with self.record.lock:
            before = self.record.happened[: client.next]
            return [post for post in before[-count:] if post.number not in self.record.withheld]

    def _trickle(self, client: _Client, step: Trickle) -> None:
        for post in self._next(client, step.count):
            whole = client.wire(self._text(client.version, post))
            for begin in range(0, len(whole), step.size):
                client.connection.sendall(whole[begin : begin + step.size])
                if self.script.pause(step.pause):
                    return

    def _be_silent(self, client: _Client, seconds: float) -> None:
        until = monotonic() + seconds / self.script.speed
        with self.changed:
            self.changed.wait_for(
                lambda: self.script.closing.is_set() or client.number != self.connections,
                max(until - monotonic(), 0),
            )

    def _others(self, client: _Client) -> Iterator[bytes]:
        """Yield events that are no new posts, at the time of the latest post."""
        last = self.record.happened[-1] if self.record.happened else self.record.make(0)
        other = MadeUpPost(last.number, last.moment, "somebody else", "en", ("NeverCounted",))
        old = record_key(last.moment - timedelta(days=40))
        for changes in (
            {"operation": "update"},
            {"operation": "delete", "record": None},
            {"collection": "app.bsky.feed.like"},
            {"rkey": old},
        ):
            if client.version == 1:
                yield event_1(other, **changes)
            else:
                yield event_2(other, other.number + self._offset, **changes)
        if client.version == 1:
            for kind in ("identity", "account"):
                event = {"did": did_of("other"), "time_us": microseconds(last.moment), "kind": kind}
                yield to_json(event | {kind: {"did": did_of("other"), "seq": 7}})


def _foreign_compress() -> Callable[[bytes], bytes]:
    return zstandard.ZstdCompressor(dict_data=trained_dictionary(99)).compress


_GOING_AWAY = struct.pack("!H", 1001) + b"server shutting down"


def _due(step: Send, seconds: float) -> int:
    return min(step.count, int(step.count * seconds / step.seconds) + 1)


def _response(status: int, body: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} Stand-in", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
