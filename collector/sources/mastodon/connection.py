"""One server's connection: held by a thread, opened again after every failure, with its gaps."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import random
from time import monotonic

from collector.sources import SourceState
from collector.sources.mastodon.client import MastodonClient, MastodonError, Stream
from collector.sources.mastodon.events import Event, EventReader
from collector.sources.mastodon.instance import Instance, closed_feeds, left_out
from contract.backoff import Backoff, at_least
from contract.gap import Gap
from contract.post import Post

NOT_RUNNING = "the collector was not running"

LONGEST_WAIT_SECONDS = 900.0
_NETWORK = Backoff(first=1.0, longest=60.0)
_SERVER = Backoff(first=5.0, longest=300.0)
_RATE_LIMIT = Backoff(first=60.0, longest=LONGEST_WAIT_SECONDS)
_REFUSED = Backoff(first=60.0, longest=LONGEST_WAIT_SECONDS)

_POSTS_AT_ONCE = 200
_PLACE_SECONDS = 1.0
_GAP_SECONDS = 10.0
_SECOND = timedelta(seconds=1)
_ON_THE_WAY = _SECOND  # a post may have been on its way when the connection broke
_INSTANT = timedelta(microseconds=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Until when everything of a server is received. ``reason`` is that of the gap since then, empty if none is."""

    until: datetime
    reason: str = ""


@dataclass(slots=True)
class Received:
    """What one piece of a server's stream has, in order, and the server's place after it."""

    server: str
    place: Place
    posts: Sequence[Post] = ()
    dropped: Counter[str] = field(default_factory=Counter)
    gaps: Sequence[Gap] = ()


Translate = Callable[[Event, Counter[str]], Post | None]


class Connection:
    """The connection to one server."""

    def __init__(
        self,
        client: MastodonClient,
        translate: Translate,
        put: Callable[[Received], None],
        place: Place | None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Continue at ``place``, None at the first start. ``put`` gets everything received, and may wait."""
        self._client = client
        self._server = client.server
        self._name = client.server.name
        self._patience = client.patience
        self._translate = translate
        self._put = put
        self._now = now
        self._until = place.until if place else None
        self._gap_reason = (place.reason or NOT_RUNNING) if place else ""
        self._instance: Instance | None = None
        self._closed = ""  # why no posts will come, if the server says so
        self._is_receiving = False
        self._received_since = 0.0
        self._put_at = 0.0
        self._posts: list[Post] = []
        self._dropped: Counter[str] = Counter()
        self._failures = _Failures()
        self._logged: set[str] = set()
        self._is_announced = False
        self.state = SourceState("connecting", f"{self._name}: connecting")

    def run(self, stop: threading.Event) -> None:
        """Stay connected until ``stop`` is set."""
        if self._until is None:
            self._until = self._now()
        while not stop.is_set():
            try:
                self._hold(stop)
                error = MastodonError(f"{self._name} closed the stream", f"{self._name} closed the stream")
            except MastodonError as failure:
                error = failure
            if not stop.is_set():
                self._wait(error, stop)

    def _hold(self, stop: threading.Event) -> None:
        """Read the stream until it ends.

        Raises:
            MastodonError: the server refused or failed.
        """
        self._instance = self._instance or self._client.instance()
        self._closed = closed_feeds(self._instance, self._server)
        if self._closed and not self._server.token:
            raise MastodonError(self._closed, f"{self._name} shows no live feeds", is_refused=True)
        reader = EventReader()
        with self._client.stream(self._instance) as stream:
            if self._closed:
                self._note_closed()
            for piece in stream.pieces:
                self._receive(reader.feed(piece), stream)
                if stop.is_set():
                    return

    def _receive(self, events: Iterable[Event], stream: Stream) -> None:
        """Translate the events of a piece. Pass on their posts, at once unless more pieces are waiting to be read."""
        moment, second = self._now(), monotonic()
        self._posts += [post for event in events if (post := self._translate(event, self._dropped))]
        # Servers with live feeds switched off accept the stream, but send only deletions.
        begins = not self._is_receiving and (self._posts or not self._closed)
        gaps = self._begin(moment, second) if begins else ()
        is_due = second - self._put_at >= _PLACE_SECONDS
        if not (self._posts or self._dropped or gaps or is_due):
            return
        is_drained = stream.is_drained()
        if not (is_drained or begins or is_due) and len(self._posts) < _POSTS_AT_ONCE:
            return
        if self._is_receiving and (begins or is_drained):
            self._until = moment
        elif self._gap_reason and is_due:
            gaps = [self._gap(moment)]
        self._put_at = second
        self._pass_on(gaps)

    def _pass_on(self, gaps: Sequence[Gap] = ()) -> None:
        """Pass on the posts since the last time, and until when everything is received."""
        posts, dropped = self._posts, self._dropped
        self._posts, self._dropped = [], Counter()
        self._put(Received(self._name, self._place, posts, dropped, gaps))

    @property
    def _place(self) -> Place:
        return Place(self._until or self._now(), self._gap_reason)

    def _begin(self, moment: datetime, second: float) -> Sequence[Gap]:
        """Note that posts come from now on. Return the gap that ends."""
        gaps = [self._gap(moment)] if self._gap_reason else []
        self._is_receiving, self._received_since = True, second
        self._gap_reason = ""
        self._failures.on_response()
        partly = left_out(self._instance, self._server) if self._instance else ""
        self.state = SourceState("connected", self._name + (f" ({partly})" if partly else ""))
        if not self._is_announced:
            self._is_announced = True
            log.info("connected to %s", self.state.detail)
        return gaps

    def _note_closed(self) -> None:
        """Note that the server accepts the stream, but will send no posts."""
        self._gap_reason = self._gap_reason or f"{self._name} shows no live feeds"
        self.state = SourceState("blocked", self._closed)
        self._log_once(self._closed, self._closed)

    def _log_once(self, reason: str, message: str) -> None:
        if reason not in self._logged:
            self._logged.add(reason)
            self._is_announced = False
            log.warning("Mastodon: %s", message)

    def _gap(self, end: datetime) -> Gap:
        """Return the gap until ``end``, rounded up to a whole second, as gaps have no fractions."""
        return Gap((self._until or end) - _ON_THE_WAY, end + _SECOND - _INSTANT, self._gap_reason)

    def _wait(self, error: MastodonError, stop: threading.Event) -> None:
        """Begin or continue a gap, and wait for the next attempt."""
        if self._is_receiving and monotonic() - self._received_since >= self._patience.steady:
            self._failures.reset()
            self._logged.clear()
        self._is_receiving = False
        if error.is_refused:
            self._instance = None  # the server may open its feeds, or move its stream
        self._gap_reason = self._gap_reason or error.reason
        wait = self._failures.seconds_until_next(error, self._now(), random())  # noqa: S311 - jitter
        wait *= self._patience.delays
        detail = f"{error}; next try in {wait:.0f} s"
        self.state = SourceState("blocked" if error.is_refused else "connecting", detail)
        self._log_once(error.reason, detail)
        next_try = monotonic() + wait
        while not stop.is_set() and (left := next_try - monotonic()) > 0:
            # Reported while it lasts: a day may close, or this process end, before the gap does.
            self._pass_on([self._gap(self._now())])
            stop.wait(min(left, _GAP_SECONDS))


class _Failures:
    """Failures in a row, by kind, and how long to wait after each."""

    def __init__(self) -> None:
        self._of: Counter[Backoff] = Counter()

    def on_response(self) -> None:
        """Forget refusals and errors of the server. The network may still drop one connection after the other."""
        self._of = Counter({_NETWORK: self._of[_NETWORK]})

    def reset(self) -> None:
        """Forget all failures."""
        self._of.clear()

    def seconds_until_next(self, error: MastodonError, now: datetime, jitter: float) -> float:
        """Return the delay after one more failure. A server's own time counts, if it is within a quarter of an hour."""
        backoff = _backoff(error)
        self._of[backoff] += 1
        if error.retry_at:
            seconds = (error.retry_at - now).total_seconds()
            if 0 < seconds <= LONGEST_WAIT_SECONDS:
                return at_least(max(seconds, _NETWORK.first), jitter)
        if backoff is _RATE_LIMIT:
            return at_least(backoff.ceiling(self._of[backoff]), jitter)
        return backoff.delay(self._of[backoff], jitter)


def _backoff(error: MastodonError) -> Backoff:
    if error.status == 429:
        return _RATE_LIMIT
    if error.is_refused:
        return _REFUSED
    return _SERVER if error.status else _NETWORK
