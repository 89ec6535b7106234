"""The counts of a source's open days on disk: one SQLite file, with the stream offset that they hold up to.

Counts and offset change in one transaction (``CountsFile.commit``), so they match whenever the process dies.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zlib import crc32

from streaming.aggregate.deltas import CountScope
from streaming.state.count import Count, decode_count, encode_count
from streaming.state.errors import DamagedCountError, StoreError
from streaming.state.pairs import MISSED_ALL, PairChanges, PairSummary, decode_summary, encode_summary

COUNTS_FILE = "counts.sqlite"
"""The name of the file in its folder."""

_VERSION = 2
_BUSY_SECONDS = 30.0
_KEYS_PER_READ = 500
_ROWS_PER_DELETE = 2_000

_SETTINGS = (
    "journal_mode = WAL",
    # A commit must be on the disk before the collector may delete the posts.
    "synchronous = FULL",
    "cache_size = -16384",
    # ``checkpoint_wal`` does this in another thread, so that no commit has to wait for it.
    "wal_autocheckpoint = 0",
)
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS stream"
    " (counted INTEGER NOT NULL, clock INTEGER, first_day INTEGER NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS counts (day INTEGER, language TEXT, key TEXT, posts INTEGER NOT NULL,"
    " count BLOB NOT NULL, only_language TEXT, PRIMARY KEY (day, language, key)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS pairs (day INTEGER, key TEXT, posts INTEGER NOT NULL, summary BLOB NOT NULL,"
    " PRIMARY KEY (day, key)) WITHOUT ROWID",
    # The offset that the pairs hold up to. An earlier version may have opened the file and counted on without pairs.
    "CREATE TABLE IF NOT EXISTS paired (counted INTEGER NOT NULL)",
)
_ADD_ONLY_LANGUAGE = "ALTER TABLE counts ADD COLUMN only_language TEXT"
"""Brings a file of version 1 to version 2. The counts that it has stay as they are."""

_READ = "SELECT key, count FROM counts WHERE day = ? AND language = ? AND key IN (%s)"
_WRITE = "INSERT OR REPLACE INTO counts VALUES (?, ?, ?, ?, ?, ?)"
_DELETE = (
    "DELETE FROM counts WHERE (day, language, key) IN (SELECT day, language, key FROM counts"
    " WHERE day < min(?, (SELECT max(day) FROM counts)) LIMIT ?)"
)
_READ_PAIRS = "SELECT key, summary FROM pairs WHERE day = ? AND key IN (%s)"
_WRITE_PAIRS = "INSERT OR REPLACE INTO pairs VALUES (?, ?, ?, ?)"
# The empty key has the posts of ``DayPairs.missed``.
_MISSED_PAIRS = "INSERT INTO pairs SELECT DISTINCT day, '', ?, x'' FROM counts"
_LACKS_PAIRS = "SELECT (SELECT counted FROM stream) IS NOT (SELECT counted FROM paired)"
_DELETE_PAIRS = "DELETE FROM pairs WHERE day = ? AND key = ?"
_DELETE_PAIRS_OF_DAYS = (
    "DELETE FROM pairs WHERE (day, key) IN (SELECT day, key FROM pairs"
    " WHERE day < min(?, (SELECT max(day) FROM counts)) LIMIT ?)"
)


@dataclass(frozen=True)
class Position:
    """How far the stream is counted: all bytes below ``offset``. ``clock`` is the latest event time among them.

    Days before ``first_day`` are closed: no post counts in them any more, and their counts are deleted.
    """

    offset: int
    clock: datetime | None
    first_day: date


class CountsFile:
    """The only writer of one file. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file at ``path``, or create an empty one.

        Raises:
            StoreError: the file is damaged or of another version.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with damage_as_store_error(path):
            self._database = open_database(path)
            self._prepare()

    def position(self) -> Position | None:
        """Return the position that the counts hold up to, None in a new file."""
        with damage_as_store_error(self._path):
            return read_position(self._database)

    def counts(self, scope: CountScope, keys: Sequence[str]) -> dict[str, Count]:
        """Return the counts of some keys; keys without a count are missing."""
        with damage_as_store_error(self._path):
            return read_counts(self._database, scope, keys)

    def pair_posts(self, day: date) -> dict[str, int]:
        """Return the hashtags of a day that have a summary of their partners, with their posts at its last change.

        The empty key has the posts of ``DayPairs.missed``.
        """
        with damage_as_store_error(self._path):
            return dict(self._database.execute("SELECT key, posts FROM pairs WHERE day = ?", (day.toordinal(),)))

    def summaries(self, day: date, keys: Sequence[str]) -> dict[str, PairSummary]:
        """Return the summaries of some hashtags; those without one are missing."""
        with damage_as_store_error(self._path):
            return read_summaries(self._database, day, keys)

    def commit(
        self,
        counts: Mapping[CountScope, Mapping[str, Count]],
        position: Position,
        pairs: Mapping[date, PairChanges] | None = None,
    ) -> None:
        """Replace some counts, some pairs and the position: all or nothing, and on the disk when this returns.

        It is all or nothing with what ``write`` wrote since the last commit.
        """
        columns = _columns(position)
        with damage_as_store_error(self._path), self._transaction():
            self._replace(counts, pairs or {})
            self._database.execute("DELETE FROM stream")
            self._database.execute("INSERT INTO stream VALUES (?, ?, ?, ?)", (*columns, _checksum(columns)))
            self._database.execute("DELETE FROM paired")
            self._database.execute("INSERT INTO paired VALUES (?)", (position.offset,))

    def write(self, counts: Mapping[CountScope, Mapping[str, Count]], pairs: Mapping[date, PairChanges]) -> None:
        """Replace some counts and pairs in the transaction of the next ``commit``. Others see them only then.

        After an error, also what was written so since the last commit is undone.
        """
        with damage_as_store_error(self._path), self._transaction(ends=False):
            self._replace(counts, pairs)

    def delete_some(self, before: date) -> bool:
        """Delete some counts and pairs of days before ``before``; return whether there may be more.

        After a ``write`` they are deleted with its commit, else at once. The latest day stays. The board shows it
        until a new day comes, after a recording's end or in a quiet stream.
        """
        with damage_as_store_error(self._path):
            limits = before.toordinal(), _ROWS_PER_DELETE
            deleted = [self._database.execute(rows, limits).rowcount for rows in (_DELETE, _DELETE_PAIRS_OF_DAYS)]
        return _ROWS_PER_DELETE in deleted

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _prepare(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version not in (0, 1, _VERSION):
            raise StoreError(f"{self._path} is of version {version}, this is {_VERSION}")
        for setting in _SETTINGS:
            self._database.execute(f"PRAGMA {setting}")
        with self._transaction():
            if version == 1:
                self._database.execute(_ADD_ONLY_LANGUAGE)
            self._database.execute(f"PRAGMA user_version = {_VERSION}")
            for statement in _SCHEMA:
                self._database.execute(statement)
            (lacks_pairs,) = self._database.execute(_LACKS_PAIRS).fetchone()
            if lacks_pairs:
                self._database.execute("DELETE FROM pairs")
                self._database.execute(_MISSED_PAIRS, (MISSED_ALL,))
        self._check_pages()

    def _check_pages(self) -> None:
        """Refuse a file with lost or swapped pages. The checksums of the counts that are left would all match."""
        (found,) = self._database.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"{self._path} is damaged ({' '.join(found.split())})")

    def _replace(self, counts: Mapping[CountScope, Mapping[str, Count]], pairs: Mapping[date, PairChanges]) -> None:
        for scope, by_key in counts.items():
            self._database.executemany(_WRITE, _rows(scope, by_key))
        for day, changes in pairs.items():
            removed = ((day.toordinal(), key) for key in changes.removed)
            self._database.executemany(_DELETE_PAIRS, removed)
            self._database.executemany(_WRITE_PAIRS, _pair_rows(day, changes))

    @contextmanager
    def _transaction(self, *, ends: bool = True) -> Iterator[None]:
        """Work in the open transaction, or in a new one; commit it if it ``ends``."""
        if not self._database.in_transaction:
            self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            if ends:
                self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise


def checkpoint_wal(path: Path) -> None:
    """Move SQLite's write-ahead log into the file, as far as no reader is in the way. May run in any thread."""
    with damage_as_store_error(path), closing(open_database(path)) as database:
        database.execute("PRAGMA wal_checkpoint(PASSIVE)")


def open_database(path: Path) -> sqlite3.Connection:
    """Return a new connection. Any thread may use it, one at a time."""
    return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def read_counts(database: sqlite3.Connection, scope: CountScope, keys: Sequence[str]) -> dict[str, Count]:
    """Return the counts of some keys; keys without a count are missing."""
    found: dict[str, Count] = {}
    day, place = scope.day.toordinal(), place_of(scope)
    # In the order of the file, so that each of its pages is read once.
    ordered = sorted(keys)
    for start in range(0, len(ordered), _KEYS_PER_READ):
        some = ordered[start : start + _KEYS_PER_READ]
        rows = database.execute(_READ % ",".join("?" * len(some)), (day, scope.language, *some))
        found.update((key, decode_count(stored, place + key.encode())) for key, stored in rows)
    return found


def read_summaries(database: sqlite3.Connection, day: date, keys: Sequence[str]) -> dict[str, PairSummary]:
    """Return the summaries of some hashtags; those without one are missing."""
    found: dict[str, PairSummary] = {}
    for start in range(0, len(keys), _KEYS_PER_READ):
        some = keys[start : start + _KEYS_PER_READ]
        rows = database.execute(_READ_PAIRS % ",".join("?" * len(some)), (day.toordinal(), *some))
        found.update((key, decode_summary(stored, pair_place(day, key))) for key, stored in rows)
    return found


def read_position(database: sqlite3.Connection) -> Position | None:
    """Return the position that the counts hold up to, None before the first commit."""
    row = database.execute("SELECT counted, clock, first_day, checksum FROM stream").fetchone()
    if row is None:
        return None
    *columns, checksum = row
    if checksum != _checksum(tuple(columns)):
        raise DamagedCountError("the position does not match its checksum")
    offset, clock, first_day = columns
    moment = datetime.fromtimestamp(clock, UTC) if clock is not None else None
    return Position(offset, moment, date.fromordinal(first_day))


def place_of(scope: CountScope) -> bytes:
    """Return the part of a row's name for its checksum that all keys of a scope share; the key follows."""
    return f"{scope.day} {scope.language} ".encode()


def pair_place(day: date, key: str) -> bytes:
    """Return the name of a summary's row for its checksum."""
    return f"{day} pairs {key}".encode()


@contextmanager
def damage_as_store_error(path: Path) -> Iterator[None]:
    """Turn errors that a damaged file causes into StoreError. A full disk and the like are not damage."""
    try:
        yield
    except (DamagedCountError, UnicodeDecodeError, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
            raise
        raise StoreError(f"{path} is damaged ({error})") from error


def _is_damage(error: sqlite3.OperationalError) -> bool:
    # Without a code, Python could not decode a text of the file.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _columns(position: Position) -> tuple[int | None, ...]:
    clock = int(position.clock.timestamp()) if position.clock else None
    return position.offset, clock, position.first_day.toordinal()


def _checksum(columns: tuple[int | None, ...]) -> int:
    return crc32(repr(columns).encode())


def _rows(scope: CountScope, counts: Mapping[str, Count]) -> Iterator[tuple[int, str, str, int, bytes, str | None]]:
    day, place = scope.day.toordinal(), place_of(scope)
    for key, count in counts.items():
        stored = encode_count(count, place + key.encode())
        yield day, scope.language, key, count.posts, stored, count.only_language or None


def _pair_rows(day: date, changes: PairChanges) -> Iterator[tuple[int, str, int, bytes]]:
    for key, summary in changes.changed.items():
        yield day.toordinal(), key, summary.posts, encode_summary(summary, pair_place(day, key))
    if changes.missed:
        yield day.toordinal(), "", changes.missed, b""
