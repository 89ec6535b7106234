"""The counts of a source's open days: changes in memory, the rest in the counts file (streaming.state.sqlite).

A batch becomes durable in ``CountsStore.flush``, and only there: every few seconds it commits all changed counts
together with the offset that they hold up to. After a crash, the bytes from that offset on are read and counted
again, with the same result.
"""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias

from streaming.aggregate.deltas import CountScope, Delta, MicroBatch
from streaming.state.count import Count
from streaming.state.errors import GapError
from streaming.state.sqlite import CountsFile, Position

MAX_UNFLUSHED_COUNTS = 150_000
"""Changed counts in memory, about 0.7 KB each, from which on the store ``is_full``."""

ChangedCounts: TypeAlias = dict[CountScope, dict[str, Count]]
"""The whole counts that a batch changed, by scope and key. Days are in order."""


class CountsStore:
    """The only writer of a counts file. For one thread at a time. After an error, open a new one.

    ``position`` is how far the stream is counted, ``durable`` how far the file has it. Both are None in a new store,
    until ``begin``.
    """

    def __init__(self, path: Path) -> None:
        """Continue from the file at ``path``, or create it.

        Raises:
            StoreError: the file is damaged or of another version.
        """
        self._file = CountsFile(path)
        self._counts: dict[CountScope, dict[str, Count]] = {}
        self._unflushed: dict[CountScope, set[str]] = {}
        self.durable = self._file.position()
        self.position = self.durable

    @property
    def is_full(self) -> bool:
        """Whether so many counts wait in memory that ``flush`` should not wait any longer."""
        return sum(map(len, self._unflushed.values())) > MAX_UNFLUSHED_COUNTS

    def begin(self, offset: int, first_day: date) -> Position:
        """Start a new store at ``offset`` with the posts of ``first_day``."""
        self.position = Position(offset, None, first_day)
        self.flush()
        return self.position

    def add(self, batch: MicroBatch) -> ChangedCounts | None:
        """Add a batch once. Return the counts that it changed, None if it was added before.

        Posts of closed days are left out.

        Raises:
            GapError: the batch does not start where the batch before it ended.
            StoreError: the file is damaged.
        """
        position = self.position
        if position is not None and batch.end <= position.offset:
            return None
        if position is None or batch.start != position.offset:
            raise GapError(f"a batch of [{batch.start}, {batch.end}) cannot follow {position}")
        changed = {
            scope: self._add(scope, batch.deltas[scope])
            for scope in sorted(batch.deltas)
            if scope.day >= position.first_day
        }
        self.position = replace(position, offset=batch.end, clock=_later(position.clock, batch.clock))
        return changed

    def flush(self) -> None:
        """Make everything durable that was added so far."""
        if self.position is None or self.position == self.durable:
            return
        # Counts that changed lately stay in memory: they will change again.
        self._counts = {
            scope: {key: self._counts[scope][key] for key in sorted(keys)}
            for scope, keys in sorted(self._unflushed.items())
        }
        self._file.commit(self._counts, self.position)
        self._unflushed = {}
        self.durable = self.position

    def retire_days_before(self, day: date) -> None:
        """Close the days before ``day``: no post counts in them any more. ``delete_some`` may delete their counts."""
        if self.position is not None:
            self.position = replace(self.position, first_day=day)
            self._counts = {scope: counts for scope, counts in self._counts.items() if scope.day >= day}
            self._unflushed = {scope: keys for scope, keys in self._unflushed.items() if scope.day >= day}
            self.flush()

    def delete_some(self) -> bool:
        """Delete some counts of closed days from the file; return whether there may be more."""
        return self.durable is not None and self._file.delete_some(self.durable.first_day)

    def close(self) -> None:
        """Close the file without a flush."""
        self._file.close()

    def _add(self, scope: CountScope, deltas: dict[str, list[Delta]]) -> dict[str, Count]:
        counts = self._counts.setdefault(scope, {})
        counts |= self._file.counts(scope, [key for key in deltas if key not in counts])
        self._unflushed.setdefault(scope, set()).update(deltas)
        changed = {}
        for key, of_key in deltas.items():
            count = counts.get(key)
            if count is None:
                count = counts[key] = Count()
            for delta in of_key:
                count.add(*delta)
            changed[key] = count
        return changed


def _later(before: datetime | None, now: datetime | None) -> datetime | None:
    return max(filter(None, (before, now)), default=None)
