"""Bluesky live: Jetstream's stream of new posts, over one connection at a time.

The ingest's thread reads the connection itself; only opening one has a thread of its own. So there is no queue, and
while the ingest waits, for example for the disk, the server waits as well.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import random
from time import monotonic

from collector.sources import TICK_SECONDS, Cursor, PostBatch, SourceState
from collector.sources.bluesky.connection import ConnectionEndedError, printable
from collector.sources.bluesky.hosts import Attempt, Host, Hosts, Opened
from collector.sources.bluesky.jetstream import WrongDictionaryError, wait_seconds
from collector.sources.bluesky.position import Position
from collector.sources.bluesky.post import Event, created_post, read_event
from collector.sources.fields import MAX_POST_BYTES, AuthorHash
from contract.backoff import Backoff, at_least
from contract.gap import Gap
from contract.post import Post

_BATCH_MESSAGES = 2_000
_MAX_LOGGED = 100
_BEHIND_SECONDS = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timing:
    """How long to wait, in seconds: for an answer, and for a message on an open stream.

    After ``steady`` seconds a stream that ends is no further failure in a row. After ``calm`` seconds every failure is
    logged again.
    """

    answer: float = 10.0
    silence: float = 30.0
    steady: float = 10.0
    calm: float = 600.0
    backoff: Backoff = field(default_factory=lambda: Backoff(first=1.0, longest=60.0))


TIMING = Timing()


class BlueskySource:
    """Reads one server's stream, and another's when that ends."""

    name = "bluesky"
    kind = "bluesky"
    is_live = True
    repeats = False

    def __init__(
        self,
        urls: Sequence[str],
        version: int | None,
        hash_author: AuthorHash,
        timing: Timing | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Read from ``urls`` (``wss://host``), in Jetstream's ``version``, or without one in the latest they have."""
        self._hosts = Hosts(urls, version)
        self._hash_author = hash_author
        self._timing = timing or TIMING
        self._now = now
        self._position = Position(None)
        self._attempt: Attempt | None = None
        self._opened: Opened | None = None
        self._opened_at = self._heard_at = self._next_try = 0.0
        self._failures = 0
        self._by_time = self._is_too_old = False
        self._logged: set[str] = set()
        self._state = SourceState("connecting", "connecting")

    @property
    def state(self) -> SourceState:
        """The state of the connection, with the server and how far it is behind."""
        state, latest = self._state, self._position.latest
        if state.state == "connected" and latest:
            behind = (self._now() - latest).total_seconds()
            if behind > _BEHIND_SECONDS:
                return SourceState("connected", f"{state.detail}; {behind / 60:,.0f} min behind")
        return state

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[PostBatch]:
        """Yield the posts that Bluesky sends. The cursor has the server, its version and where it stands."""
        self._position = Position(cursor)
        self._hosts.prefer((cursor or {}).get("host"))
        try:
            while not stop.is_set():
                if self._opened is not None:
                    yield self._receive(self._opened)
                else:
                    self._connect(stop)
                    yield PostBatch([], self._position.cursor, now=self._now())
        finally:
            self._close()

    def _receive(self, opened: Opened) -> PostBatch:
        """Return the posts that are there, or that come within a moment."""
        batch = _Batch(self._position, self._hash_author, self._now())
        try:
            messages = opened.stream.receive(TICK_SECONDS, _BATCH_MESSAGES)
            if messages:
                self._heard_at = monotonic()
                batch.add(messages, opened)
            elif monotonic() - self._heard_at > self._timing.silence:
                self._on_end(f"silent for {self._timing.silence:.0f} s", is_silent=True)
        except _ElsewhereError:
            self._try_again(by_time=True)
        except WrongDictionaryError:
            self._hosts.present.on_wrong_dictionary()
            self._log("%s sent messages of another dictionary", self._hosts.present.name)
            self._try_again()
        except ConnectionEndedError as end:
            self._on_end(str(end))
        else:
            if monotonic() - self._opened_at > self._timing.calm:
                self._logged.clear()
        return PostBatch(batch.posts, self._position.cursor, batch.dropped, now=batch.now, gaps=batch.gaps)

    def _connect(self, stop: threading.Event) -> None:
        """Take a step towards an open stream, of at most a moment."""
        if self._attempt is None:
            wait = self._next_try - monotonic()
            if wait > 0:
                stop.wait(min(wait, TICK_SECONDS))
                return
            host = self._hosts.present
            self._attempt = Attempt(host, self._by_time)
            cursor = self._position.query(host.url, host.version, self._by_time)
            self._attempt.start(cursor, self._timing.answer)
        if self._attempt.is_done(TICK_SECONDS):
            attempt, self._attempt = self._attempt, None
            if attempt.opened:
                self._on_open(attempt.host, attempt.opened)
            else:
                self._on_failure(attempt)

    def _on_open(self, host: Host, opened: Opened) -> None:
        self._opened = opened
        self._opened_at = self._heard_at = monotonic()
        self._position.begin(host.url, opened.version, self._by_time, self._is_too_old)
        self._by_time = self._is_too_old = False
        compression = ", compressed" if opened.dictionary else ""
        self._state = SourceState("connected", f"{host.name}, Jetstream {opened.version}{compression}")
        self._log("connected to %s", self._state.detail, level=logging.INFO)

    def _on_failure(self, attempt: Attempt) -> None:
        host, refusal = attempt.host, attempt.refusal
        if refusal == "cursor_too_old" and not attempt.by_time:
            self._log("%s no longer has the posts since the last one", host.name)
            self._by_time = self._is_too_old = True
            return
        if host.learn(refusal):
            self._log("%s: %s; asking in another way", host.name, refusal.replace("_", " "))
            return
        if attempt.refused:
            host.not_before = monotonic() + wait_seconds(attempt.refused.headers, self._now())
        self._wait(f"{host.name}: {attempt.failed}", is_steady=False)

    def _on_end(self, reason: str, is_silent: bool = False) -> None:
        """Note that an open stream has ended. One that was steady, and not silent, is resumed at the same server."""
        is_steady = not is_silent and monotonic() - self._opened_at > self._timing.steady
        self._wait(f"{self._hosts.present.name}: {reason}", is_steady)
        self._close()

    def _wait(self, problem: str, is_steady: bool) -> None:
        """Choose the next server and when to ask it. Log each problem once until the stream is calm again."""
        self._failures = 1 if is_steady else self._failures + 1
        if not is_steady:
            self._hosts.move_on(monotonic())
        delay = self._timing.backoff.delay(self._failures, random())  # noqa: S311 - jitter
        held_off = self._hosts.present.not_before - monotonic()
        if held_off > delay:
            delay = at_least(held_off, random())  # noqa: S311 - jitter
        self._next_try = monotonic() + delay
        self._state = SourceState("connecting", f"{problem}; next try in {delay:.0f} s")
        self._log("%s", problem)

    def _try_again(self, by_time: bool = False) -> None:
        """Ask the same server at once, in another way."""
        self._by_time = self._by_time or by_time
        self._close()

    def _close(self) -> None:
        if self._opened:
            self._opened.stream.close()
            self._opened = None
        if self._attempt:
            self._attempt.give_up()
            self._attempt = None

    def _log(self, message: str, *values: object, level: int = logging.WARNING) -> None:
        line = message % values
        if line not in self._logged and len(self._logged) < _MAX_LOGGED:
            self._logged.add(line)
            log.log(level, "%s", line)


class _ElsewhereError(Exception):
    """The stream is not where it was asked to begin."""


class _Batch:
    """The posts, drops and gaps of some messages."""

    def __init__(self, position: Position, hash_author: AuthorHash, now: datetime) -> None:
        self.posts: list[Post] = []
        self.dropped: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.now = now
        self._position = position
        self._hash_author = hash_author

    def add(self, messages: list[bytes], opened: Opened) -> None:
        """Add messages in order.

        Raises:
            ConnectionEndedError: one says that the stream ends.
            WrongDictionaryError: one cannot be decompressed with our dictionary.
            _ElsewhereError: the stream must be asked for by time.
        """
        dictionary, seq = opened.dictionary, None
        try:
            for message in messages:
                text = dictionary.text_of(message) if dictionary else message
                event = None if text is None else read_event(text)
                if text is not None and len(text) > MAX_POST_BYTES:
                    self.dropped["too_long"] += 1
                elif event is None:
                    self.dropped["malformed"] += 1
                elif event.type == "error":
                    raise ConnectionEndedError(f"the server ended the stream: {printable(str(event.error))}")
                elif self._add_event(event):
                    seq = event.seq or seq
        finally:
            if seq is not None:
                self._position.mark(seq)

    def _add_event(self, event: Event) -> bool:
        """Add an event. Return whether it has a place in the stream."""
        moment = event.moment
        if moment is None:
            if event.payload is not None and event.payload.name == "OutdatedCursor":
                self._position.cursor_was_too_old()
        elif self._position.awaits_first and self._position.is_elsewhere(moment):
            raise _ElsewhereError
        elif not self._position.take(moment, self.now, self.gaps):
            self.dropped["duplicate"] += 1
            return False
        if post := created_post(event, moment, self._hash_author, self.dropped):
            self.posts.append(post)
        return moment is not None
