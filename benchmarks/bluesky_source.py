"""How fast Bluesky's source reads a stream on one core, against a bare reader of ``websockets`` in the same run."""

import json
import multiprocessing
import socket
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import websockets.sync.client
import zstandard
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from benchmarks.harness import BenchmarkError
from benchmarks.results import Figure, at_least
from collector.author_keys import derived_hash
from collector.sources.bluesky.source import BlueskySource

NAME = "bluesky"
EVENTS, SHORT_EVENTS = 400_000, 100_000

_ROUND = 1_000
_PATIENCE_SECONDS = 300.0
_DICTIONARY = 77
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def measure(short: bool) -> list[Figure]:
    """Return the figures, in events per second of this process's CPU time."""
    events = SHORT_EVENTS if short else EVENTS
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=_serve, args=(listener, events), daemon=True)
    server.start()
    url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    enough = at_least(20_000)
    try:
        return [
            Figure(NAME, "version 2, compressed, on one core", _source_rate(url, 2, events), "events/s", enough),
            Figure(NAME, "version 1, on one core", _source_rate(url, 1, events), "events/s", enough),
            Figure(NAME, "a bare reader of websockets, on one core", _bare_rate(url, events), "events/s"),
        ]
    finally:
        server.terminate()


def _source_rate(url: str, version: int, events: int) -> float:
    source = BlueskySource([url], version, derived_hash(bytes(32)))
    stop = threading.Event()
    read = 0
    began, deadline = time.process_time(), time.monotonic() + _PATIENCE_SECONDS
    for batch in source.batches(None, stop):
        read += len(batch.posts)
        if read >= events or time.monotonic() > deadline:
            stop.set()
    if read < events:
        raise BenchmarkError(f"the source read {read} of {events} posts: {source.state.detail}")
    return events / (time.process_time() - began)


def _bare_rate(url: str, events: int) -> float:
    began = time.process_time()
    with websockets.sync.client.connect(f"{url}/subscribe", compression=None, ping_interval=None) as stream:
        for _ in range(events):
            stream.recv(timeout=30, decode=False)
    return events / (time.process_time() - began)


def _serve(listener: socket.socket, events: int) -> None:
    """Answer each request for a stream with so many events, as fast as the client reads."""
    posts = [_post(number) for number in range(_ROUND)]
    messages: list[bytes | bytearray | memoryview] = [post.version_2() for post in posts]
    dictionary = zstandard.train_dictionary(16_384, messages, dict_id=_DICTIONARY)
    compressor = zstandard.ZstdCompressor(dict_data=dictionary)
    plain = b"".join(_frame(post.version_1(), Opcode.TEXT) for post in posts)
    packed = b"".join(_frame(compressor.compress(message), Opcode.BINARY) for message in messages)
    while True:
        connection, _ = listener.accept()
        with connection:
            protocol = ServerProtocol()
            while not (requests := protocol.events_received()):
                protocol.receive_data(connection.recv(65_536))
            request = requests[0]
            if not isinstance(request, Request) or "Dictionary" in request.path.partition("?")[0]:
                data = dictionary.as_bytes()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
                continue
            protocol.send_response(protocol.accept(request))
            connection.sendall(b"".join(protocol.data_to_send()))
            for _ in range(events // _ROUND):
                connection.sendall(plain if request.path.startswith("/subscribe") else packed)
            connection.recv(1)  # until the client has read everything


def _frame(data: bytes, opcode: Opcode) -> bytes:
    return Frame(opcode, data).serialize(mask=False)


@dataclass(frozen=True)
class _Post:
    """What both versions have: a post of about the size of a recorded one."""

    did: str
    commit: dict[str, object]

    def version_1(self) -> bytes:
        time_us = int(datetime.now(UTC).timestamp() * 1e6)
        return _json({"did": self.did, "time_us": time_us, "kind": "commit", "commit": self.commit})

    def version_2(self) -> bytes:
        head = {"$type": "network.bsky.jetstream.subscribeEvents#commit", "seq": 12_345, "did": self.did}
        payload = head | {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"} | self.commit
        return _json({"$type": "message", "payload": payload})


def _post(number: int) -> _Post:
    """Return a post. Every third has two hashtags."""
    tags = [f"Tag{number % 37}", "日本"] if number % 3 == 0 else []
    features = [[{"$type": "app.bsky.richtext.facet#tag", "tag": tag}] for tag in tags]
    record = {
        "$type": "app.bsky.feed.post",
        "createdAt": "2026-07-04T14:38:07.323Z",
        "facets": [{"features": feature, "index": {"byteStart": 0, "byteEnd": 4}} for feature in features],
        "langs": [("en", "ja", "de", "pt")[number % 4]],
        "reply": {side: {"cid": "b" * 59, "uri": "at://did:plc:" + "m" * 53} for side in ("root", "parent")},
        "text": "made up, zürich " * 8,
    }
    commit = {"rev": "3mptbypoove2w", "operation": "create", "collection": "app.bsky.feed.post", "cid": "b" * 59}
    return _Post(f"did:plc:{number:024d}", commit | {"rkey": _key(number), "record": record})


def _key(number: int) -> str:
    value = int(datetime.now(UTC).timestamp() * 1e6) << 10 | number
    return "".join(_DIGITS[value >> shift & 31] for shift in range(60, -1, -5))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
