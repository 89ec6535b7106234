"""How fast X's source reads a stream on one core, against a reader that only splits the bytes into lines."""

import json
import multiprocessing
import socket
import threading
import time
from datetime import UTC, datetime
from functools import partial

import requests

from benchmarks.harness import BenchmarkError
from benchmarks.results import Figure, Target, at_least
from collector.author_keys import derived_hash
from collector.sources.x.client import XClient
from collector.sources.x.source import XSource

NAME = "x"
POSTS, SHORT_POSTS = 500_000, 100_000

_ROUND = 1_000
_BUDGET = 3_000_000
_PATIENCE_SECONDS = 300.0
_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def measure(short: bool) -> list[Figure]:
    """Return the figures of many posts in a chunk, as a stream of that rate has, and of a chunk for each post."""
    posts = SHORT_POSTS if short else POSTS
    return [*_measure(posts, 50, "50 in a chunk", at_least(50_000)), *_measure(posts, 1, "1 in a chunk", None)]


def _measure(posts: int, in_chunk: int, chunks: str, target: Target | None) -> list[Figure]:
    """Return the rates in posts per second of this process's CPU time, and their ratio."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=_serve, args=(listener, posts, in_chunk), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    try:
        bare = _bare_rate(url, posts)
        source = _source_rate(url, posts)
    finally:
        server.terminate()
    return [
        Figure(NAME, f"{chunks}: read by the source, on one core", source, "posts/s", target),
        Figure(NAME, f"{chunks}: read by a bare reader of lines, on one core", bare, "posts/s"),
        Figure(NAME, f"{chunks}: cost of a post, by that of a bare line", bare / source, "times"),
    ]


def _source_rate(url: str, posts: int) -> float:
    source = XSource(partial(XClient, "made-up-token", url), _BUDGET, None, derived_hash(bytes(32)))
    stop = threading.Event()
    read = 0
    began, deadline = time.process_time(), time.monotonic() + _PATIENCE_SECONDS
    for batch in source.batches(None, stop):
        read += len(batch.posts)
        if read >= posts or time.monotonic() > deadline:
            stop.set()
    spent = time.process_time() - began
    if read != posts:
        raise BenchmarkError(f"the source read {read} of {posts} posts: {source.state.detail}")
    return posts / spent


def _bare_rate(url: str, posts: int) -> float:
    lines = 0
    began = time.process_time()
    with requests.get(f"{url}/2/tweets/sample/stream", stream=True, timeout=30) as response:
        for line in response.iter_lines(65_536):
            lines += bool(line)
    if lines != posts:
        raise BenchmarkError(f"the bare reader read {lines} of {posts} lines")
    return posts / (time.process_time() - began)


def _serve(listener: socket.socket, posts: int, in_chunk: int) -> None:
    """Answer each request for the stream with ``posts`` posts, as fast as the client reads, and hold it open."""
    lines = list(map(_line, range(_ROUND)))
    data = b"".join(_chunk(b"".join(lines[i : i + in_chunk])) for i in range(0, _ROUND, in_chunk))
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection, data, posts), daemon=True).start()


def _answer(connection: socket.socket, data: bytes, posts: int) -> None:
    with connection:
        is_stream = b"stream" in connection.recv(65_536).split(b"\r\n", 1)[0]
        connection.sendall(_HEAD if is_stream else _NOT_FOUND)
        if is_stream:
            for _ in range(posts // _ROUND):
                connection.sendall(data)
            connection.sendall(b"0\r\n\r\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _line(number: int) -> bytes:
    """Return a post as X sends it: a fifth has hashtags, a third is a retweet with its original."""
    identity = str(1_860_000_000_000_000_000 + number)
    tags = [{"start": 9, "end": 14, "tag": f"Tag{number % 97}"}] if number % 5 == 0 else []
    entities = {"hashtags": tags} if tags else {"mentions": [{"start": 0, "end": 8, "username": "made_up", "id": "7"}]}
    post: dict[str, object] = {
        "id": identity,
        "text": "made up: Grüße " * 8,
        "created_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lang": ("en", "ja", "es", "iw", "zxx")[number % 5],
        "author_id": str(2_244_994_945 + number % 700),
        "edit_history_tweet_ids": [identity],
        "entities": entities,
    }
    line: dict[str, object] = {"data": post, "matching_rules": [{"id": "1", "tag": "trendsite:en"}]}
    if number % 3 == 0:
        original = {**post, "id": "1859999999999999999"}
        post |= {"text": "RT @made_up: Gr…", "referenced_tweets": [{"type": "retweeted", "id": original["id"]}]}
        line["includes"] = {"tweets": [original]}
    return json.dumps(line, ensure_ascii=False).encode() + b"\r\n"
