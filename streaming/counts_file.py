"""The counts of a source's open days, on disk: one SQLite file, which also says how far the stream is counted in it.

Counts and the offset up to which they hold are one transaction, so they fit each other whenever this process dies.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zlib import crc32

from streaming.batch import DayLanguage
from streaming.count import Count, DamagedCountError, decode_count, encode_count

STORE = "counts.sqlite"
"""What the file is called in its folder."""

_VERSION = 1
_BUSY_SECONDS = 30.0
_READ_AT_ONCE = 500
_REMOVED_AT_ONCE = 2_000

_SETTINGS = (
    "journal_mode = WAL",
    # What is kept is on the disk before the collector hears that it may forget the posts.
    "synchronous = FULL",
    "cache_size = -16384",
    # ``fold_log`` does it beside counting, not in the middle of it.
    "wal_autocheckpoint = 0",
    f"user_version = {_VERSION}",
)
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS stream"
    " (counted INTEGER NOT NULL, clock INTEGER, first_day INTEGER NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS counts (day INTEGER, language TEXT, key TEXT, posts INTEGER NOT NULL,"
    " count BLOB NOT NULL, PRIMARY KEY (day, language, key)) WITHOUT ROWID",
)
_READ = "SELECT key, count FROM counts WHERE day = ? AND language = ? AND key IN (%s)"
_WRITE = "INSERT OR REPLACE INTO counts VALUES (?, ?, ?, ?, ?)"
_REMOVE = (
    "DELETE FROM counts WHERE (day, language, key) IN (SELECT day, language, key FROM counts WHERE day < ? LIMIT ?)"
)


class StoreError(RuntimeError):
    """A store that cannot be gone on from. The message is one line."""


@dataclass(frozen=True)
class Position:
    """How far the stream is counted: all bytes below ``offset``, and the latest event time among their posts.

    Days before ``first_day`` are done: nothing of them is kept, and nothing counts in them any more.
    """

    offset: int
    clock: datetime | None
    first_day: date


class CountsFile:
    """The one writer of a file. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file at ``path``; where there is none, make one that has counted nothing.

        Raises:
            StoreError: what is there is not such a file, or a damaged one.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with damage_told(path):
            self._database = connect(path)
            self._prepare()

    def position(self) -> Position | None:
        """Return up to where the counts hold, None where nothing was ever kept."""
        with damage_told(self._path):
            return read_position(self._database)

    def counts(self, at: DayLanguage, keys: Sequence[str]) -> dict[str, Count]:
        """Return what is counted of some keys, as far as anything is."""
        with damage_told(self._path):
            return read_counts(self._database, at, keys)

    def keep(self, counts: Mapping[DayLanguage, Mapping[str, Count]], position: Position) -> None:
        """Keep counts in place of those before them, and up to where all counts hold then: all of it or nothing."""
        kept = _numbers(position)
        with damage_told(self._path), self._transaction():
            for at, some in counts.items():
                self._database.executemany(_WRITE, _rows(at, some))
            self._database.execute("DELETE FROM stream")
            self._database.execute("INSERT INTO stream VALUES (?, ?, ?, ?)", (*kept, _check(kept)))

    def remove_some(self, before: date) -> bool:
        """Remove some of what is kept of the days before a day; return whether there may be more."""
        with damage_told(self._path):
            removed = self._database.execute(_REMOVE, (before.toordinal(), _REMOVED_AT_ONCE)).rowcount
        return removed == _REMOVED_AT_ONCE

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _prepare(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            raise StoreError(f"{self._path} is of version {version}, this is {_VERSION}")
        for setting in _SETTINGS:
            self._database.execute(f"PRAGMA {setting}")
        for statement in _SCHEMA:
            self._database.execute(statement)
        self._check_pages()

    def _check_pages(self) -> None:
        """Refuse a file of which a page is lost or in another's place: the counts that are there would all be right."""
        (found,) = self._database.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"{self._path} is damaged ({' '.join(found.split())})")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise


def fold_log(path: Path) -> None:
    """Move what is in the store's log into its file, as far as nobody is in the way. For another thread."""
    with damage_told(path), closing(connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(PASSIVE)")


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection of its own; any thread may use it, one at a time."""
    return sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def read_counts(database: sqlite3.Connection, at: DayLanguage, keys: Sequence[str]) -> dict[str, Count]:
    """Return what is counted of some keys, as far as anything is."""
    found: dict[str, Count] = {}
    day, name = at.day.toordinal(), name_of(at)
    for start in range(0, len(keys), _READ_AT_ONCE):
        some = keys[start : start + _READ_AT_ONCE]
        rows = database.execute(_READ % ",".join("?" * len(some)), (day, at.language, *some))
        found.update((key, decode_count(kept, name + key.encode())) for key, kept in rows)
    return found


def read_position(database: sqlite3.Connection) -> Position | None:
    """Return up to where the counts hold, None where nothing was ever kept."""
    row = database.execute("SELECT counted, clock, first_day, checksum FROM stream").fetchone()
    if row is None:
        return None
    *kept, checksum = row
    if checksum != _check(tuple(kept)):
        raise DamagedCountError("the position does not fit its checksum")
    offset, clock, first_day = kept
    moment = datetime.fromtimestamp(clock, UTC) if clock is not None else None
    return Position(offset, moment, date.fromordinal(first_day))


def _numbers(position: Position) -> tuple[int | None, ...]:
    clock = int(position.clock.timestamp()) if position.clock else None
    return position.offset, clock, position.first_day.toordinal()


def _check(kept: tuple[int | None, ...]) -> int:
    return crc32(repr(kept).encode())


def _rows(at: DayLanguage, counts: Mapping[str, Count]) -> Iterator[tuple[int, str, str, int, bytes]]:
    day, name = at.day.toordinal(), name_of(at)
    for key, count in counts.items():
        yield day, at.language, key, count.posts, encode_count(count, name + key.encode())


def name_of(at: DayLanguage) -> bytes:
    """Return what a count is kept under, for its checksum, but for its key."""
    return f"{at.day} {at.language} ".encode()


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Turn what damage looks like into StoreError; a full disk and the like are not damage."""
    try:
        yield
    except (DamagedCountError, UnicodeDecodeError, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.OperationalError) and not _is_damage(error):
            raise
        raise StoreError(f"{path} is damaged ({error})") from error


def _is_damage(error: sqlite3.OperationalError) -> bool:
    """Return whether a file is the reason; without a code, Python could not read a text."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
