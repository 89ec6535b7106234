"""Mastodon's public streams -> posts. A thread for each server holds its connection, another yields all posts."""

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec

from collector.mastodon_servers import Server
from collector.sources import TICK_SECONDS, Cursor, PostBatch, SourceState
from collector.sources.fields import AuthorHash
from collector.sources.mastodon.client import PATIENCE, MastodonClient, Patience
from collector.sources.mastodon.connection import Connection, Place, Received
from collector.sources.mastodon.events import Event
from collector.sources.mastodon.post import event_to_post
from contract.gap import Gap
from contract.post import Post

_WAITING = 100
"""Lists of posts that wait for the log, each from 64 KiB or less than 200 long. The servers wait on their side then."""

_BATCH_POSTS = 2_000


class MastodonSource:
    """The public streams of one or more servers, as one stream of posts."""

    name = "mastodon"
    kind = "mastodon"
    is_live = True
    repeats = False

    def __init__(
        self,
        servers: Sequence[Server],
        with_bots: bool,
        hash_author: AuthorHash,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: Patience = PATIENCE,
    ) -> None:
        """Receive from ``servers``, at least one. Leave out posts of bots unless ``with_bots``."""
        self._patience = patience
        self._servers = servers
        self._with_bots = with_bots
        self._hashed = hash_author
        self._now = now
        self._received: queue.Queue[Received] = queue.Queue(_WAITING)
        self._connections: list[Connection] = []
        self._cursor: Cursor = None
        self._stop = threading.Event()
        self._failure: Exception | None = None

    @property
    def state(self) -> SourceState:
        """The state of all connections: connected if one is, blocked if all are."""
        states = [connection.state for connection in self._connections]
        return combined(states) if states else SourceState("connecting", "connecting")

    def batches(self, cursor: Cursor, stop: threading.Event) -> Iterator[PostBatch]:
        """Yield the posts that the servers send. The cursor has until when each server's are received.

        Raises:
            Exception: the failure of a connection's thread, which is a fault of ours: no server can cause one.
        """
        places = read_places(cursor)
        self._stop = stop
        self._cursor = cursor_of(
            {server.name: places[server.name] for server in self._servers if server.name in places}
        )
        self._connections = [self._connection(server, places.get(server.name)) for server in self._servers]
        for server, connection in zip(self._servers, self._connections, strict=True):
            run = partial(self._run, connection, stop)
            threading.Thread(target=run, name=f"mastodon {server.name}", daemon=True).start()
        while not stop.is_set():
            yield self._batch()

    def _connection(self, server: Server, place: Place | None) -> Connection:
        return Connection(MastodonClient(server, self._patience), self._translate, self._put, place, self._now)

    def _run(self, connection: Connection, stop: threading.Event) -> None:
        try:
            connection.run(stop)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that yields
            self._failure = error

    def _batch(self) -> PostBatch:
        if self._failure:
            raise self._failure
        posts: list[Post] = []
        gaps: list[Gap] = []
        dropped: Counter[str] = Counter()
        places: dict[str, Place] = {}
        try:
            received = self._received.get(timeout=TICK_SECONDS)
            while True:
                posts += received.posts
                gaps += received.gaps
                dropped.update(received.dropped)
                places[received.server] = received.place
                if len(posts) >= _BATCH_POSTS:
                    break
                received = self._received.get_nowait()
        except queue.Empty:
            pass
        if places:
            self._cursor = {**(self._cursor or {}), **(cursor_of(places) or {})}
        return PostBatch(posts, self._cursor, dropped, now=self._now(), gaps=gaps)

    def _translate(self, event: Event, dropped: Counter[str]) -> Post | None:
        return event_to_post(event, self._hashed, dropped, self._with_bots)

    def _put(self, received: Received) -> None:
        """Queue a piece. While the queue is full, wait; the server then waits on its side."""
        while not self._stop.is_set():
            try:
                self._received.put(received, timeout=TICK_SECONDS)
                break
            except queue.Full:
                continue


def combined(states: Sequence[SourceState]) -> SourceState:
    """Return one state for all servers, with what is wrong at each."""
    if len(states) == 1:
        return states[0]
    connected = [state.detail for state in states if state.state == "connected"]
    others = [state.detail for state in states if state.state != "connected"]
    detail = f"{len(connected)} of {len(states)} servers"
    if connected:
        detail += f": {', '.join(connected)}"
    detail = "; ".join([detail, *others])
    if connected:
        return SourceState("connected", detail)
    is_blocked = all(state.state == "blocked" for state in states)
    return SourceState("blocked" if is_blocked else "connecting", detail)


def cursor_of(places: Mapping[str, Place]) -> Cursor:
    """Return the cursor of the servers' places."""
    return {name: [place.until.isoformat(), place.reason] for name, place in places.items()}


def read_places(cursor: Cursor) -> dict[str, Place]:
    """Return the servers' places of a cursor. Leave out those that cannot be read."""
    places = {}
    for name, written in (cursor or {}).items():
        try:
            until, reason = msgspec.convert(written, tuple[datetime, str])
            places[name] = Place(until, reason)
        except msgspec.ValidationError:
            continue
    return places
