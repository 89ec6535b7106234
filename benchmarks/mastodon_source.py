"""How fast Mastodon's source reads a stream on one core, against a reader that only reads the bytes."""

import json
import multiprocessing
import socket
import threading
import time
from datetime import UTC, datetime
from itertools import islice

import requests

from benchmarks.harness import BenchmarkError
from benchmarks.results import Figure, at_least
from collector.author_keys import derived_hash
from collector.mastodon_servers import Server
from collector.sources.mastodon.source import MastodonSource

NAME = "mastodon"
POSTS, SHORT_POSTS = 400_000, 100_000

_ROUND = 1_000
_PATIENCE_SECONDS = 300.0
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def measure(short: bool) -> list[Figure]:
    """Return both figures, in posts per second of this process's CPU time."""
    posts = SHORT_POSTS if short else POSTS
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=_serve, args=(listener, posts), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    try:
        return [
            Figure(NAME, "read by the source, on one core", _source_rate(url, posts), "posts/s", at_least(10_000)),
            Figure(NAME, "read by a bare reader, on one core", _bare_rate(url, posts), "posts/s"),
        ]
    finally:
        server.terminate()


def _source_rate(url: str, posts: int) -> float:
    source = MastodonSource([Server("bench", url)], False, derived_hash(bytes(32)))
    stop = threading.Event()
    read = 0
    began, deadline = time.process_time(), time.monotonic() + _PATIENCE_SECONDS
    for batch in source.batches(None, stop):
        read += len(batch.posts)
        if read >= posts or time.monotonic() > deadline:
            stop.set()
    if read < posts:
        raise BenchmarkError(f"the source read {read} of {posts} posts: {source.state.detail}")
    return posts / (time.process_time() - began)


def _bare_rate(url: str, posts: int) -> float:
    began = time.process_time()
    with requests.get(f"{url}/api/v1/streaming/public", stream=True, timeout=30) as response:
        for _ in islice(response.iter_content(65_536), 2 * posts):
            pass
    return posts / (time.process_time() - began)


def _serve(listener: socket.socket, posts: int) -> None:
    """Answer each request for the stream with ``posts`` events, as fast as the client reads."""
    rounds = _events()
    while True:
        connection, _ = listener.accept()
        with connection:
            is_stream = b"streaming" in connection.recv(65_536).split(b"\r\n", 1)[0]
            connection.sendall(_HEAD if is_stream else _NOT_FOUND)
            if is_stream:
                for begun in range(0, posts, _ROUND):
                    connection.sendall(b"".join(_with_ids(rounds, begun)))
                connection.sendall(b"0\r\n\r\n")


def _events() -> list[bytes]:
    """Return events of about 2 KB, as the documented ones have, in two chunks each, as Mastodon sends them."""
    return [_chunk(b"event: update\n") + _chunk(b"data: %s\n\n" % _status(number)) for number in range(_ROUND)]


def _with_ids(events: list[bytes], begun: int) -> list[bytes]:
    return [event.replace(b"statuses/000000000", b"statuses/%09d" % (begun + i)) for i, event in enumerate(events)]


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _status(number: int) -> bytes:
    page = f"https://made-up.example/@account{number % 300}"
    account = {
        **{
            "id": str(number),
            "acct": f"account{number % 300}",
            "bot": False,
            "url": page,
            "note": "<p>made up</p>" * 12,
        },
        **{name: f"{page}/{name}.png" for name in ("avatar", "avatar_static", "header", "header_static")},
        "fields": [{"name": "made up", "value": "made up " * 8, "verified_at": None} for _ in range(3)],
    }
    status = {
        "id": "109348684737626801",
        "created_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "visibility": "public",
        "language": ("en", "de", "ja", None)[number % 4],
        "uri": f"https://made-up.example/users/account{number % 300}/statuses/000000000",
        "content": f"<p>{'Grüße, made up. ' * 12}</p>",
        "reblog": None,
        "account": account,
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": f"Tag{number % 37}", "url": f"{page}/tags/tag"}] * (number % 3),
        "emojis": [],
    }
    return json.dumps(status, ensure_ascii=False).encode()
