"""One moment of a counts file, read while counting goes on: to refill Redis, write a closed day, or make a backup."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from contract.language import ALL_LANGUAGES
from streaming.aggregate.deltas import CountScope
from streaming.state.count import Count, decode_count
from streaming.state.errors import DamagedCountError, StoreError
from streaming.state.pairs import PairSummary, decode_summary
from streaming.state.sqlite import (
    Position,
    damage_as_store_error,
    open_database,
    pair_place,
    place_of,
    read_counts,
    read_position,
)

_ROWS = "SELECT language, key, posts, count, only_language FROM counts WHERE day = ?1 AND language = ?2"
# The counts that a language shares with all languages follow its own. SQLite looks for them among five million in
# less than a second.
_ROWS_OF_ONE = (
    "SELECT * FROM"
    " (SELECT language, key, posts, count, only_language FROM counts WHERE day = ?1 AND language = ?2 UNION ALL"
    " SELECT language, key, posts, count, only_language FROM counts"
    " WHERE day = ?1 AND language = ?3 AND only_language = ?2)"
)


class Snapshot:
    """A read transaction: later commits do not change it. Use it ``with``, in one thread.

    Every method raises StoreError if the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        """Read the counts file at ``path``."""
        self._path = path

    def __enter__(self) -> "Snapshot":
        self._database = open_database(self._path)
        self._database.execute("BEGIN")
        with damage_as_store_error(self._path):
            self.position = read_position(self._database)
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def days(self) -> list[date]:
        """Return the days that have counts, earliest first."""
        found: list[date] = []
        after = 0
        # Each query is one step in the index; DISTINCT would read all of it.
        step = "SELECT day FROM counts WHERE day > ? LIMIT 1"
        with damage_as_store_error(self._path):
            while row := self._database.execute(step, (after,)).fetchone():
                after = row[0]
                found.append(date.fromordinal(after))
        return found

    def languages(self, day: date) -> list[str]:
        """Return the languages that have counts in a day, ``*`` first."""
        found: list[str] = []
        step = "SELECT language FROM counts WHERE day = ? AND language > ? LIMIT 1"
        with damage_as_store_error(self._path):
            while row := self._database.execute(step, (day.toordinal(), found[-1] if found else "")).fetchone():
                found.append(row[0])
        return found

    def count(self, day: date, language: str, key: str) -> Count:
        """Return the count of one key; an empty one if it has none."""
        return self.some_counts(day, language, [key]).get(key, Count())

    def some_counts(self, day: date, language: str, keys: Sequence[str]) -> dict[str, Count]:
        """Return the counts of some keys; keys without a count are missing."""
        with damage_as_store_error(self._path):
            found = read_counts(self._database, CountScope(day, ALL_LANGUAGES), keys)
            if language == ALL_LANGUAGES:
                return found
            shared = {key: count for key, count in found.items() if count.only_language == language}
            return shared | read_counts(self._database, CountScope(day, language), keys)

    def counts(self, day: date, language: str) -> Iterator[tuple[str, Count]]:
        """Yield key and count of a day and language, by key. A count that is also that of ``*`` has its spellings."""
        return self._counts(day, language, "key")

    def ranked_counts(self, day: date, language: str) -> Iterator[tuple[str, Count]]:
        """Yield key and count of a day and language: all posts first, then most posts first, equal ones by key."""
        return self._counts(day, language, "key <> '', posts DESC, key")

    def pairs(self, day: date) -> Iterator[tuple[str, PairSummary]]:
        """Yield each hashtag of a day that has a summary of its partners: most posts first, equal ones by key."""
        rows = "SELECT key, summary FROM pairs WHERE day = ? AND key <> '' ORDER BY posts DESC, key"
        with damage_as_store_error(self._path):
            for key, stored in self._database.execute(rows, (day.toordinal(),)):
                yield key, decode_summary(stored, pair_place(day, key))

    def _counts(self, day: date, language: str, order: str) -> Iterator[tuple[str, Count]]:
        rows, values = _ROWS, [day.toordinal(), language]
        if language != ALL_LANGUAGES:
            rows, values = _ROWS_OF_ONE, [*values, ALL_LANGUAGES]
        places = {of: place_of(CountScope(day, of)) for of in (language, ALL_LANGUAGES)}
        with damage_as_store_error(self._path):
            for of, key, _, stored, only_language in self._database.execute(rows + " ORDER BY " + order, values):
                count = decode_count(stored, places[of] + key.encode())
                if count.only_language != (only_language or ""):
                    raise DamagedCountError("a count has another language than its row")
                yield key, count


def copy_counts(path: Path, copy: Path) -> Position | None:
    """Copy a counts file as it is at one moment; return the position that the copy holds up to, None in a new file.

    Raises:
        StoreError: the file is damaged.
        OSError, sqlite3.OperationalError: the disk is full or broken.
    """
    with (
        damage_as_store_error(path),
        closing(open_database(path)) as database,
        closing(sqlite3.connect(copy)) as target,
    ):
        # In one step, under one read lock. Meanwhile commits go on, into the write-ahead log.
        database.backup(target)
        # One file, without a log beside it. The next CountsFile sets its own mode.
        target.execute("PRAGMA journal_mode = DELETE")
        (found,) = target.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"{path} is damaged ({' '.join(found.split())})")
        return read_position(target)
