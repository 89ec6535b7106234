"""The counts of a source's open days: the file (streaming.counts_file), and in memory what it does not have yet.

A batch is counted in memory. Every few seconds what has changed goes to the file together with the offset up to which
it was counted. Who dies in between counts the bytes from that offset on again, and comes to the same counts.
"""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import msgspec

from streaming.batch import Addition, Batch, DayLanguage
from streaming.count import Count
from streaming.counts_file import CountsFile, Position

MOST_CHANGED = 150_000
"""Counts that may wait in memory for the file, about 0.7 KB each; then ``is_full``."""


class GapError(RuntimeError):
    """A batch that does not go on where the one before it ended. The message is one line."""


class Changed(msgspec.Struct, frozen=True):
    """Counts of a day and language after a batch, by key, and the hours of the day in which they grew."""

    counts: dict[str, Count]
    hours: set[int]


class CountsStore:
    """The one writer of a file. For one thread at a time.

    ``position`` is up to where everything is counted, ``kept`` up to where the file has it; both are None in a store
    that has counted nothing. After an error it is of no use: open another one.
    """

    def __init__(self, path: Path) -> None:
        """Go on from the file at ``path``; where there is none, make one.

        Raises:
            StoreError: what is there is not such a file, or a damaged one.
        """
        self._file = CountsFile(path)
        self._counts: dict[DayLanguage, dict[str, Count]] = {}
        self._changed: dict[DayLanguage, set[str]] = {}
        self.kept = self._file.position()
        self.position = self.kept

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the file that it should be kept now."""
        return sum(map(len, self._changed.values())) > MOST_CHANGED

    def begin(self, offset: int, first_day: date) -> Position:
        """Let counting begin at ``offset`` with the posts of ``first_day``, in a store that has counted nothing."""
        self.position = Position(offset, None, first_day)
        self.keep()
        return self.position

    def add(self, batch: Batch) -> dict[DayLanguage, Changed] | None:
        """Count a batch, once: return the counts that it changed, in the order of days; None if it came before.

        Posts of days that are done are left out.

        Raises:
            GapError: the batch does not begin where the one before it ended.
            StoreError: the file is damaged.
        """
        position = self.position
        if position is not None and batch.end <= position.offset:
            return None
        if position is None or batch.start != position.offset:
            raise GapError(f"a batch of [{batch.start}, {batch.end}) cannot follow {position}")
        changed = {
            at: self._added(at, batch.additions[at]) for at in sorted(batch.additions) if at.day >= position.first_day
        }
        self.position = replace(position, offset=batch.end, clock=_later(position.clock, batch.clock))
        return changed

    def keep(self) -> None:
        """Let the file have everything."""
        if self.position is None or self.position == self.kept:
            return
        # What moved lately stays in memory: it will move again.
        self._counts = {
            at: {key: self._counts[at][key] for key in sorted(keys)} for at, keys in sorted(self._changed.items())
        }
        self._file.keep(self._counts, self.position)
        self._changed = {}
        self.kept = self.position

    def end_days_before(self, day: date) -> None:
        """Take days before ``day`` for done: nothing counts in them any more, and what is kept of them may go."""
        if self.position is not None:
            self.position = replace(self.position, first_day=day)
            self._counts = {at: counts for at, counts in self._counts.items() if at.day >= day}
            self._changed = {at: keys for at, keys in self._changed.items() if at.day >= day}
            self.keep()

    def remove_some(self) -> bool:
        """Remove some of what the file has of days that are done; return whether there may be more."""
        return self.kept is not None and self._file.remove_some(self.kept.first_day)

    def close(self) -> None:
        """Close the file. It does not get what it does not have."""
        self._file.close()

    def _added(self, at: DayLanguage, additions: dict[str, list[Addition]]) -> Changed:
        counts = self._counts.setdefault(at, {})
        counts |= self._file.counts(at, [key for key in additions if key not in counts])
        self._changed.setdefault(at, set()).update(additions)
        changed = Changed({}, set())
        for key, told in additions.items():
            count = counts.get(key)
            if count is None:
                count = counts[key] = Count()
            for addition in told:
                count.add(*addition)
                changed.hours.add(addition[0])
            changed.counts[key] = count
        return changed


def _later(before: datetime | None, now: datetime | None) -> datetime | None:
    return max(filter(None, (before, now)), default=None)
