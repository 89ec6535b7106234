"""Observe posts on their way: on the collector's socket, in its status, in Redis, and on the board's WebSocket.

Each observer notes how many posts it has seen, and when. The stream is ordered and each post counts once, so a
number is enough to compare two observers: the first n posts arrived, the first n posts were counted. No post needs
a mark.
"""

import contextlib
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Self

import msgspec
import redis
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.ranking import Ranking, decode_ranking
from contract.socket_protocol import FollowRequest, encode_line
from contract.status import CollectorStatus, StreamingStatus

_BUFFER_BYTES = 1024 * 1024
_LOOK_SECONDS = 0.2
_REPORT_SECONDS = 0.1
_RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """At ``moment``, in seconds of a monotonic clock, the first ``posts`` posts of the stream had been seen."""

    moment: float
    posts: int


class Observer(ABC):
    """A thread that watches during a ``with`` block and appends to ``seen``."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(10)

    @property
    def posts(self) -> int:
        """The number of posts seen so far."""
        return self.seen[-1].posts if self.seen else 0

    def note(self, posts: int) -> None:
        """Record that this many posts have been seen by now."""
        if posts > self.posts:
            self.seen.append(Seen(time.monotonic(), posts))

    @abstractmethod
    def _watch(self) -> None:
        """Call :meth:`note` until ``_stop`` is set; wait for a server that does not listen yet."""


class SocketFollower(Observer):
    """Counts the lines on the collector's socket without decoding them, which would cost processor time."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Follow the collector at ``address`` from its first post on."""
        super().__init__()
        self._address = address

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (ConnectionRefusedError, ConnectionResetError):
                time.sleep(_LOOK_SECONDS)

    def _follow(self) -> None:
        buffer = bytearray(_BUFFER_BYTES)
        posts = 0
        with socket.create_connection(self._address, _LOOK_SECONDS) as connection:
            connection.sendall(encode_line(FollowRequest(0)))
            while not self._stop.is_set():
                try:
                    received = connection.recv_into(buffer)
                except TimeoutError:
                    continue
                if not received:
                    return
                posts += buffer.count(b"\n", 0, received)
                self.note(posts)


class ReadObserver(Observer):
    """Notes the posts of each collector status; there is one a second."""

    def __init__(self, url: str) -> None:
        """Read from the Redis at ``url``."""
        super().__init__()
        self._reports = Reports(url)

    def _watch(self) -> None:
        while not self._stop.is_set():
            report = self._reports.collector()
            if report:
                self.note(report.posts)
            time.sleep(_REPORT_SECONDS)


class RankingListener(Observer):
    """Notes the posts of each published ranking of the day in all languages. All must be of one day."""

    def __init__(self, url: str) -> None:
        """Listen to the Redis at ``url``."""
        super().__init__()
        self._url = url

    def _watch(self) -> None:
        with redis.Redis.from_url(self._url) as client, client.pubsub(ignore_subscribe_messages=True) as channel:
            while not self._stop.is_set():
                try:
                    channel.psubscribe(redis_names.RANKING_CHANNELS)
                    self._listen(channel)
                except redis.ConnectionError:
                    time.sleep(_LOOK_SECONDS)

    def _listen(self, channel: redis.client.PubSub) -> None:
        while not self._stop.is_set():
            message = channel.get_message(timeout=_LOOK_SECONDS)
            if message and self._is_of_day(message["channel"].decode()):
                self.note(decode_ranking(message["data"]).posts)

    def _is_of_day(self, channel: str) -> bool:
        _, window, language = redis_names.source_window_and_language(channel)
        return (window, language) == ("day", ALL_LANGUAGES)


class BoardViewer(Observer):
    """Receives the board's messages, as the page does."""

    def __init__(self, site: str) -> None:
        """View the board of ``site``, a host and port."""
        super().__init__()
        self._site = site

    def _watch(self) -> None:
        while not self._stop.is_set():
            with (
                contextlib.suppress(OSError, InvalidHandshake, ConnectionClosed),
                connect(f"ws://{self._site}/ws/board/", origin=Origin(f"http://{self._site}")) as page,
            ):
                self._view(page)
            time.sleep(_RETRY_SECONDS)

    def _view(self, page: ClientConnection) -> None:
        while not self._stop.is_set():
            try:
                message = page.recv(timeout=_LOOK_SECONDS)
            except TimeoutError:
                continue
            # What is no ranking is a status.
            with contextlib.suppress(msgspec.ValidationError):
                self.note(decode_ranking(message).posts)


class Reports:
    """Reads statuses and rankings from Redis; None if a key is missing or Redis is away.

    Without a source, statuses are those of the first running one.
    """

    def __init__(self, url: str) -> None:
        """Connect when first needed."""
        self._redis = redis.Redis.from_url(url)

    def collector(self, source: str = "") -> CollectorStatus | None:
        """Return the latest report of a source's collector."""
        report = self._get(redis_names.collector_status(source or self._source()))
        return msgspec.json.decode(report, type=CollectorStatus) if report else None

    def streaming(self, source: str = "") -> StreamingStatus | None:
        """Return streaming's latest report of a source."""
        report = self._get(redis_names.streaming_status(source or self._source()))
        return msgspec.json.decode(report, type=StreamingStatus) if report else None

    def ranking(self, source: str, day: date, language: str) -> Ranking | None:
        """Return a day's latest ranking in one language."""
        message = self._redis.hget(redis_names.rankings(source, day, "day"), language)
        return decode_ranking(message) if isinstance(message, bytes) else None

    def _source(self) -> str:
        return next(iter(redis_names.decode_sources(self._get(redis_names.SOURCES))), "")

    def _get(self, name: str) -> bytes | None:
        try:
            value = self._redis.get(name)
        except redis.ConnectionError:
            return None
        return value if isinstance(value, bytes) else None


@dataclass(frozen=True, slots=True)
class Delay:
    """This many ``posts`` took ``seconds`` each."""

    seconds: float
    posts: int


def delays(arrived: Sequence[Seen], counted: Sequence[Seen], since: float, until: float) -> list[Delay]:
    """Return the delays of the posts that arrived in [since, until) and are counted.

    Both sequences are in order of time, and their posts never step back.
    """
    found = []
    later = iter(counted)
    reached = next(later, None)
    position = 0
    for arrival in arrived:
        while reached is not None and position < arrival.posts:
            if reached.posts <= position:
                reached = next(later, None)
                continue
            end = min(arrival.posts, reached.posts)
            if since <= arrival.moment < until:
                found.append(Delay(reached.moment - arrival.moment, end - position))
            position = end
    return found


def percentile(found: Sequence[Delay], share: float) -> float | None:
    """Return the delay in seconds that a ``share`` (0 to 1) of the posts does not exceed; None without posts."""
    rest = share * sum(delay.posts for delay in found)
    for delay in sorted(found, key=lambda delay: delay.seconds):
        rest -= delay.posts
        if rest <= 0:
            return delay.seconds
    return None


def posts_by(seen: Sequence[Seen], moment: float) -> int:
    """Return the number of posts seen by a moment."""
    return max((step.posts for step in seen if step.moment <= moment), default=0)


def rate_of(seen: Sequence[Seen]) -> float | None:
    """Return the posts a second from the first to the last of some steps; None when there are fewer than two."""
    if len(seen) < 2:
        return None
    return (seen[-1].posts - seen[0].posts) / (seen[-1].moment - seen[0].moment)
