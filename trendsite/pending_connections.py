"""Limits and deadlines of connections that are not viewers yet, from the moment they open.

A connection is *waiting* until it has sent a whole request, *answering* until its response is sent, then *idle* until
the next request begins. Waiting for the application has no deadline. A viewer is no longer pending:
``trendsite.board.live.limits`` limits viewers. Nothing here knows HTTP or a server.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

REQUEST_SECONDS = 20.0
"""How long a connection may take to send a whole request, or to read the next part of its response."""

IDLE_SECONDS = 5.0
"""How long a connection may stay open after a response without beginning another request."""

MIN_READ_BYTES = 20_000
"""How much of a response a client must read in that time: the server writes no more before the client has read it."""

MAX_PENDING = 4_096
"""Pending connections at once, if the process may open enough files: after a restart all viewers return at once."""

MAX_PENDING_PER_ADDRESS = 256
"""Of one address. It may have as many as it may have viewers, if that is more: these too may return at once."""

_OWN_FILES = 400
"""Files that the process opens itself: database, logs, and connections that the server has not looked at yet."""

_FILES_PER_REQUEST = 2  # its connection, and one to Redis


@dataclass(frozen=True)
class ConnectionBudget:
    """How many connections of each kind a process may have."""

    pending: int
    viewers: int


def connection_budget(max_files: int) -> ConnectionBudget:
    """Divide the files that a process may open. Viewers never take the share of requests."""
    own = min(_OWN_FILES, max_files // 4)
    pending = max(1, min(MAX_PENDING, max_files // 6))
    return ConnectionBudget(pending, max(1, max_files - own - _FILES_PER_REQUEST * pending))


class Evictable(Protocol):
    """A connection that can be ended to make room."""

    def evict(self) -> None:
        """End now."""


class _Queue:
    """Pending connections; within each state the longest-standing first."""

    def __init__(self) -> None:
        self.waiting: dict[Evictable, None] = {}
        self.answering: dict[Evictable, None] = {}

    def __len__(self) -> int:
        return len(self.waiting) + len(self.answering)

    def remove(self, connection: Evictable) -> None:
        self.waiting.pop(connection, None)
        self.answering.pop(connection, None)

    def first(self) -> Evictable:
        return next(iter(self.waiting or self.answering))


class PendingConnections:
    """All pending connections of a process.

    A new connection always gets in. If there is no room, the connection that has waited longest ends, so silent
    connections cannot keep a real request out.
    """

    def __init__(self, max_total: int = MAX_PENDING, max_per_address: int | None = MAX_PENDING_PER_ADDRESS) -> None:
        """Allow ``max_total`` at once, ``max_per_address`` from one address; None means no limit, as behind a proxy."""
        self._max_total = max_total
        self._max_per_address = max_total if max_per_address is None else max_per_address
        self._all = _Queue()
        self._by_address: dict[str, _Queue] = {}
        self._addresses: dict[Evictable, str] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Evictable, address: str) -> None:
        """Count a new connection, and evict others if there are too many."""
        queue = self._by_address.setdefault(address, _Queue())
        self._addresses[connection] = address
        for connections, limit in ((queue, self._max_per_address), (self._all, self._max_total)):
            if len(connections) >= limit:
                first = connections.first()
                self.remove(first)
                first.evict()
        self._by_address[address] = queue
        self.wait(connection)

    def wait(self, connection: Evictable) -> None:
        """Note that a connection may now send a request."""
        for queue in self._queues(connection):
            queue.remove(connection)
            queue.waiting[connection] = None

    def answer(self, connection: Evictable) -> None:
        """Note that a connection has sent a whole request."""
        for queue in self._queues(connection):
            queue.remove(connection)
            queue.answering[connection] = None

    def remove(self, connection: Evictable) -> None:
        """Stop counting a connection: it has ended, or is a viewer now."""
        for queue in self._queues(connection):
            queue.remove(connection)
        address = self._addresses.pop(connection, None)
        if address is not None and not self._by_address[address]:
            del self._by_address[address]

    def _queues(self, connection: Evictable) -> tuple[_Queue, ...]:
        address = self._addresses.get(connection)
        return () if address is None else (self._all, self._by_address[address])


class PendingConnection:
    """One pending connection and its deadline."""

    def __init__(
        self,
        end: Callable[[], None],
        address: str,
        connections: PendingConnections,
        count_refusal: Callable[[str], None],
    ) -> None:
        """Wait for a request from ``address``. At its deadline call ``end``, and ``count_refusal`` with a reason."""
        self._end_now = end
        self._connections = connections
        self._count_refusal = count_refusal
        self._is_answering = False
        self._is_idle = False
        self._is_paused = False
        self._timer: asyncio.TimerHandle | None = None
        connections.add(self, address)
        self._start_timer()

    def wait(self) -> None:
        """Note that a response has been sent: another request may follow."""
        self._is_answering = False
        self._is_idle = True
        self._connections.wait(self)
        self._start_timer()

    def receive(self) -> None:
        """Note that bytes of a request have come."""
        if self._is_idle:
            self._is_idle = False
            self._start_timer()

    def answer(self) -> None:
        """Note that the request is whole: the response is next."""
        if not self._is_answering:
            self._is_answering = True
            self._is_idle = False
            self._connections.answer(self)
            self._start_timer()

    def pause(self) -> None:
        """Note that part of the response waits for the client to read."""
        self._is_paused = True
        if self._is_idle:
            self._start_timer()

    def resume(self) -> None:
        """Note that the client has read what waited."""
        self._is_paused = False
        self._has_progress = True
        if self._is_idle:
            self._start_timer()

    def finish(self) -> None:
        """Stop counting: the connection is a viewer now, or has ended."""
        if self._timer:
            self._timer.cancel()
        self._connections.remove(self)

    def evict(self) -> None:
        """End for a newer connection."""
        self._end("crowded out")

    def _start_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._has_progress = False
        seconds = IDLE_SECONDS if self._is_idle and not self._is_paused else REQUEST_SECONDS
        self._timer = asyncio.get_running_loop().call_later(seconds, self._check)

    def _check(self) -> None:
        """End, unless the client reads its response or waits for one."""
        if self._has_progress if self._is_paused else self._is_answering:
            self._start_timer()
        elif self._is_idle and not self._is_paused:
            self.finish()
            self._end_now()
        else:
            self._end("stalled" if self._is_paused else "unfinished")

    def _end(self, reason: str) -> None:
        self._count_refusal(reason)
        self.finish()
        self._end_now()
