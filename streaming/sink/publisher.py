"""Counts -> Redis: writes each batch's updates, publishes changed rankings, and rebuilds a Redis that lost data.

Redis is only a view of the counts. A mark of the last write and a record of all keys show whether it lost anything.
If so, it is rebuilt from the counts file.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from math import inf
from typing import Protocol

from contract.redis_names import REBUILDING
from streaming.aggregate.deltas import MicroBatch
from streaming.sink.commands import chunks
from streaming.sink.redis_view import CurrentDay, RedisView
from streaming.sink.updates import DayUpdate, batch_updates, snapshot_updates
from streaming.state.pairs import PairChanges, PairSummary
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import Position
from streaming.state.store import ChangedCounts

log = logging.getLogger(__name__)

MAX_REBUILD_ATTEMPTS = 5
"""How often a rebuild starts again at once if Redis loses data meanwhile."""

PAIRS_AT_ONCE = 200
"""The hashtags whose partners ``RankingPublisher.write_some_pairs`` writes: a few milliseconds."""

REBUILD_PAUSE = 20.0
"""How many times the duration of a rebuild must pass before lost keys cause the next one.

A Redis that is too small for the counts loses keys with each rebuild, and must not be rebuilt all the time.
"""


class Race(Protocol):
    """Records the race of each day, in a file and in Redis."""

    def record(self, changed: list[date], current: CurrentDay | None) -> None:
        """Record the days that a batch changed."""

    def restore(self, days: list[date]) -> None:
        """Write what the files have of some days to Redis."""


class RankingPublisher:
    """Keeps Redis up to date with the counts. For one thread."""

    def __init__(
        self,
        view: RedisView,
        snapshot: Callable[[], Snapshot],
        race: Race,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Write to ``view``, rebuild it from ``snapshot``, and let ``race`` record the days that changed."""
        self._view = view
        self._snapshot = snapshot
        self._race = race
        self._monotonic = monotonic
        self._unwritten_pairs: dict[date, dict[str, PairSummary | None]] = {}
        self._has_lost_keys = False
        self._next_rebuild_at = -inf
        self.rebuilds = 0

    def write(self, batch: MicroBatch, changed: ChangedCounts, clock: datetime | None) -> bool:
        """Write the counts that a batch changed; ``clock`` is the latest event time counted.

        Return False if Redis has lost something and must be rebuilt.
        """
        return self._write(list(batch_updates(changed, batch.deltas, clock)), batch.end, batch.start)

    def note_pairs(self, changes: Mapping[date, PairChanges]) -> None:
        """Note the pairs that changed and are durable now: ``write_some_pairs`` has to write them."""
        for day, of_day in changes.items():
            unwritten = self._unwritten_pairs.setdefault(day, {})
            unwritten.update(of_day.changed)
            unwritten.update(dict.fromkeys(of_day.removed))

    def write_some_pairs(self) -> bool:
        """Write some of the noted pairs; return False if there are none. After a crash, see ``restore_pairs``."""
        for day, pairs in self._unwritten_pairs.items():
            some = [pairs.popitem() for _ in range(min(PAIRS_AT_ONCE, len(pairs)))]
            if some:
                changed = {key: summary for key, summary in some if summary is not None}
                self._view.write_pairs(day, PairChanges(changed, [key for key, summary in some if summary is None]))
                return True
        self._unwritten_pairs = {}
        return False

    def restore_pairs(self) -> None:
        """Write all pairs of the counts file, at a start: a run before this one may have ended before it wrote some."""
        with self._snapshot() as snapshot:
            self._restore_pairs(snapshot)

    def show(self, day: date) -> None:
        """Make the board show at least ``day``, even if it has no counts yet."""
        self._view.show(day)

    def must_rebuild(self, position: Position) -> bool:
        """Return whether Redis lacks something up to ``position`` and it is time to rebuild it."""
        holdings = self._view.holdings()
        if holdings is None or holdings.mark < position.offset:
            return True
        if holdings.missing:
            self._note_missing(holdings.missing, position.first_day)
        return self._has_lost_keys and self._may_rebuild()

    def rebuild(self) -> None:
        """Write everything that Redis keeps of the counts file. Start again if Redis loses data meanwhile.

        After MAX_REBUILD_ATTEMPTS this gives up until the next check.
        """
        with self._snapshot() as snapshot:
            if snapshot.days():
                log.warning("Redis does not have all counts: rebuilding it")
                self.rebuilds += 1
        began, self._next_rebuild_at = self._monotonic(), inf
        for _ in range(MAX_REBUILD_ATTEMPTS):
            if self._try_rebuild():
                break
            log.warning("Redis lost data during the rebuild: starting again")
        ended = self._monotonic()
        self._next_rebuild_at = ended + REBUILD_PAUSE * (ended - began)

    def _note_missing(self, keys: Mapping[str, date | None], first_day: date) -> None:
        """Remember that keys are missing. Forget those of closed days whose counts are deleted."""
        with self._snapshot() as snapshot:
            counted = set(snapshot.days())
        gone = [key for key, day in keys.items() if day and day < first_day and day not in counted]
        if gone:
            log.warning("Redis lost %d keys of closed days: the archive has these days", len(gone))
            self._view.forget(gone)
        self._has_lost_keys |= len(gone) < len(keys)

    def _may_rebuild(self) -> bool:
        return self._monotonic() >= self._next_rebuild_at

    def _try_rebuild(self) -> bool:
        self._has_lost_keys = False
        self._view.begin_rebuild()
        with self._snapshot() as snapshot:
            position = snapshot.position
            if position is None:
                return True
            self._race.restore(snapshot.days())
            self._restore_pairs(snapshot)
            return all(
                self._write([update], REBUILDING, REBUILDING) for update in snapshot_updates(snapshot)
            ) and self._write(_clock_update(snapshot, position), position.offset, REBUILDING)

    def _restore_pairs(self, snapshot: Snapshot) -> None:
        for day in snapshot.days():
            for some in chunks(snapshot.pairs(day)):
                self._view.write_pairs(day, PairChanges(dict(some)))

    def _write(self, updates: list[DayUpdate], mark: int, least: int) -> bool:
        """Write updates and publish the rankings that change. Return False if Redis must be rebuilt.

        That is if no mark of ``least`` or more stands, or if a key was lost and it is time to rebuild.
        """
        written = self._view.write(updates, mark, least)
        if written is None:
            return False
        self._has_lost_keys |= written.has_lost
        if self._has_lost_keys and self._may_rebuild():
            return False
        # A rebuild also writes the rankings that have not changed, so that all are on record again.
        changed = [change.ranking for change in written.rankings if least == REBUILDING or change.is_visible]
        self._has_lost_keys |= not self._view.publish(changed, written.current, mark)
        self._race.record([update.day for update in updates], written.current)
        return not (self._has_lost_keys and self._may_rebuild())


def _clock_update(snapshot: Snapshot, position: Position) -> list[DayUpdate]:
    """Return an update of the clock alone, for the latest day."""
    return [DayUpdate(day, position.clock, []) for day in snapshot.days()[-1:]]
