"""The counts of a source's open days: changes in memory, the rest in the counts file (streaming.state.sqlite).

A batch becomes durable in ``CountsStore.flush``, and only there: every few seconds it commits all changed counts and
pairs together with the offset that they hold up to. ``write_some`` may write most of them before, in the same
transaction. After a crash, the bytes from that offset on are read and counted again, with the same result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

from contract.language import ALL_LANGUAGES
from streaming.aggregate.deltas import CountScope, Delta, Deltas, MicroBatch, only_languages
from streaming.state.count import Count
from streaming.state.errors import GapError
from streaming.state.pairs import DayPairs, PairChanges
from streaming.state.sqlite import CountsFile, Position

MAX_UNFLUSHED_COUNTS = 150_000
"""Changed counts in memory, about 0.7 KB each, from which on the store ``is_full``."""

ROWS_AT_ONCE = 200
"""The counts or pairs that ``CountsStore.write_some`` writes: a few milliseconds."""

ChangedCounts: TypeAlias = dict[CountScope, dict[str, Count]]
"""The whole counts that a batch changed, by scope and key. Days are in order.

A hashtag with an ``only_language`` has one count for both of its scopes.
"""


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
        self._unwritten: dict[CountScope, set[str]] = {}
        self._pairs: dict[date, DayPairs] = {}
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
        changed: ChangedCounts = {}
        for day, scopes in groupby(sorted(batch.deltas), lambda scope: scope.day):
            if day >= position.first_day:
                changed |= self._add_day(day, {scope: batch.deltas[scope] for scope in scopes})
        for day in sorted(batch.pairs):
            if day >= position.first_day:
                self._add_pairs(day, batch, changed[CountScope(day, ALL_LANGUAGES)])
        self.position = replace(position, offset=batch.end, clock=_later(position.clock, batch.clock))
        return changed

    def write_some(self) -> bool:
        """Write some changed counts or pairs to the file, so that ``flush`` has less to do. Only that makes them last.

        Return False if few are left: most of these change with every batch.
        """
        scope = max(self._unwritten, key=lambda scope: len(self._unwritten[scope]), default=None)
        if scope is not None and len(self._unwritten[scope]) >= ROWS_AT_ONCE:
            keys = sorted(self._unwritten[scope].pop() for _ in range(ROWS_AT_ONCE))
            self._file.write(self._of({scope: keys}), {})
            return True
        for day, pairs in self._pairs.items():
            if len(pairs.unwritten) >= ROWS_AT_ONCE:
                self._file.write({}, {day: pairs.take(ROWS_AT_ONCE)})
                return True
        return False

    def flush(self) -> dict[date, PairChanges]:
        """Make everything durable that was added so far; return the pairs that changed since the last time, by day."""
        if self.position is None or self.position == self.durable:
            return {}
        unwritten = {scope: sorted(keys) for scope, keys in sorted(self._unwritten.items())}
        self._file.commit(self._of(unwritten), self.position, {day: pairs.rest() for day, pairs in self._pairs.items()})
        changes = {day: pairs.changes() for day, pairs in self._pairs.items() if pairs.changed}
        # Counts that changed lately stay in memory: they will change again.
        self._counts = self._of(self._unflushed)
        self._unflushed, self._unwritten = {}, {}
        self._pairs = {day: self._pairs[day].flushed() for day in changes}
        self.durable = self.position
        return changes

    def retire_days_before(self, day: date) -> dict[date, PairChanges]:
        """Close the days before ``day``: no post counts in them any more. ``delete_some`` may delete their counts.

        Everything else is flushed: return the pairs that changed, by day.
        """
        if self.position is None:
            return {}
        self.position = replace(self.position, first_day=day)
        self._counts = {scope: counts for scope, counts in self._counts.items() if scope.day >= day}
        self._unflushed = {scope: keys for scope, keys in self._unflushed.items() if scope.day >= day}
        self._unwritten = {scope: keys for scope, keys in self._unwritten.items() if scope.day >= day}
        self._pairs = {of_day: pairs for of_day, pairs in self._pairs.items() if of_day >= day}
        return self.flush()

    def delete_some(self) -> bool:
        """Delete some counts of closed days from the file; return whether there may be more."""
        return self.durable is not None and self._file.delete_some(self.durable.first_day)

    def close(self) -> None:
        """Close the file without a flush."""
        self._file.close()

    def _add_day(self, day: date, deltas: Deltas) -> ChangedCounts:
        """Add the deltas of a day. A hashtag of only one language is counted once, in all languages."""
        everywhere = CountScope(day, ALL_LANGUAGES)
        of_all = deltas.pop(everywhere, {})
        counts = self._load(everywhere, of_all)
        only = only_languages(of_all, deltas)
        for key in of_all:
            language = only.get(key, "")
            count = counts.get(key)
            if count is None:
                counts[key] = Count(only_language=language)
            elif count.only_language and count.only_language != language:
                self._separate(day, key, count)
        changed = {everywhere: _added(counts, of_all)} if of_all else {}
        for scope, of_scope in deltas.items():
            language = scope.language
            shared = {key: counts[key] for key in of_scope if only.get(key) == language and counts[key].only_language}
            own = {key: of_key for key, of_key in of_scope.items() if key not in shared} if shared else of_scope
            changed[scope] = shared | _added(self._load(scope, own), own)
        return changed

    def _load(self, scope: CountScope, keys: Iterable[str]) -> dict[str, Count]:
        """Return the counts in memory of a scope, with those of ``keys`` that have one. They are about to change."""
        counts = self._counts.setdefault(scope, {})
        counts |= self._file.counts(scope, [key for key in keys if key not in counts])
        self._note_change(scope, keys)
        return counts

    def _note_change(self, scope: CountScope, keys: Iterable[str]) -> None:
        self._unflushed.setdefault(scope, set()).update(keys)
        self._unwritten.setdefault(scope, set()).update(keys)

    def _of(self, keys: Mapping[CountScope, Iterable[str]]) -> dict[CountScope, dict[str, Count]]:
        """Return some counts in memory."""
        return {scope: {key: self._counts[scope][key] for key in of_scope} for scope, of_scope in keys.items()}

    def _separate(self, day: date, key: str, count: Count) -> None:
        """Give a hashtag's only language a count of its own, because another language joins it."""
        scope = CountScope(day, count.only_language)
        self._counts.setdefault(scope, {})[key] = count.of_only_language()
        self._note_change(scope, [key])
        count.only_language = ""

    def _add_pairs(self, day: date, batch: MicroBatch, counts: dict[str, Count]) -> None:
        """Add the pairs of a day; ``counts`` are those that the batch changed, in all languages."""
        pairs = self._pairs.get(day)
        if pairs is None:
            known = self._file.pair_posts(day)
            missed = known.pop("", 0)
            pairs = self._pairs[day] = DayPairs(known, missed, partial(self._file.summaries, day))
        deltas = batch.deltas[CountScope(day, ALL_LANGUAGES)]
        pairs.add(batch.pairs[day], lambda key: counts[key].posts, lambda key: sum(delta[3] for delta in deltas[key]))


def _added(counts: dict[str, Count], deltas: Mapping[str, list[Delta]]) -> dict[str, Count]:
    """Add deltas to the counts of a scope; return those that changed."""
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
