"""The keys of author hashes: another one each day, gone when the day is closed.

A live stream has one random key for each UTC day of event time. It is durable before any post that is hashed with it,
so after a crash the same account has the same hash. When the day can take no more posts, its key is deleted. Then
the account of a hash cannot be found, not even by trying every account id, nor can posts of two days be linked.

A recording has a random key of its own, from which the keys of its days derive. It is deleted when the recording ends.

Each stream has its own keys, in ``DATA_DIR/author_keys/<source>``. Only the process that holds the stream's log uses
them, so the same account has different hashes in two networks.
"""

import contextlib
import logging
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from collector.log import Commit
from collector.sources.fields import AuthorHash
from contract.files import create_atomically
from contract.post import MAX_AHEAD

KEY_BYTES = 32

AFTER_CLOSE = timedelta(hours=1)
"""A key outlives the close of its day by so much, for translators that hash with the key of the day before."""

ABANDONED = timedelta(days=8)
"""Keys of other streams that are older than this are deleted: their collectors no longer run."""

_HASH_BYTES = 8
_FOLDER = "author_keys"
_RECORDING = "recording"
_SUFFIX = ".key"
_OLD_KEY = "author.key"
"""The one key of older versions, which never changed."""

log = logging.getLogger(__name__)


class AuthorKeyError(RuntimeError):
    """A key cannot be used. The message is one line that says what to do."""


class AuthorKeys(Protocol):
    """The keys of one stream. One thread hashes, another one commits."""

    def hash_author(self, account: str, moment: datetime) -> str:
        """Return the hash of an account for a post of ``moment``: 16 hexadecimal digits."""
        ...

    def load(self, source: str, committed: Commit) -> None:
        """Read the keys of a stream that stands at ``committed``. The caller holds its log.

        Raises:
            AuthorKeyError: a file does not contain a key.
            OSError: a file cannot be read.
        """
        ...

    def store(self) -> None:
        """Make the keys in use durable. Call it before each commit.

        Raises:
            OSError: the disk is full or broken. Call again.
        """
        ...

    def forget(self, committed: Commit) -> None:
        """Delete the keys that no post after ``committed`` can need. Call it after each commit."""
        ...


def hash_under(key: bytes) -> Callable[[str], str]:
    """Return the function from an account id to its hash under ``key``: 16 hexadecimal digits."""
    keyed = blake2b(key=key, digest_size=_HASH_BYTES)

    def hashed(account: str) -> str:
        state = keyed.copy()  # a third cheaper than hashing the key for every account
        state.update(account.encode())
        return state.hexdigest()

    return hashed


def derived_hash(key: bytes) -> AuthorHash:
    """Return the hash of a recording: the key of each day derives from ``key``."""
    days: dict[date, Callable[[str], str]] = {}

    def hash_author(account: str, moment: datetime) -> str:
        day = moment.date()
        hashed = days.get(day)
        if hashed is None:
            hashed = days[day] = hash_under(blake2b(day.isoformat().encode(), key=key, digest_size=KEY_BYTES).digest())
        return hashed(account)

    return hash_author


class _KeyFiles:
    """The key files of one stream, by name. Nothing is written before the first key is used."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / _FOLDER
        self._keys: dict[str, bytes] = {}
        self._unstored: set[str] = set()
        self._lock = threading.Lock()

    def load(self, source: str) -> None:
        """Read the keys of a source. Delete the key of older versions, and those of streams that no longer run."""
        self._folder = self._data_dir / _FOLDER / source
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            key = path.read_bytes()
            if len(key) != KEY_BYTES:
                raise AuthorKeyError(
                    f"{path} is not a key of {KEY_BYTES} bytes: restore it, or remove it and another is made; "
                    "authors of its day then count anew"
                )
            self._keys[path.stem] = key
        if (old := self._data_dir / _OLD_KEY).exists():
            old.unlink(missing_ok=True)  # another network's collector may do the same
            log.info("%s is deleted: author keys now change daily, so today's authors may count twice", _OLD_KEY)
        self._delete_abandoned()

    def key(self, name: str) -> bytes:
        """Return the key of a name. A new one is random."""
        with self._lock:
            if name not in self._keys:
                self._keys[name] = secrets.token_bytes(KEY_BYTES)
                self._unstored.add(name)
            return self._keys[name]

    def store(self) -> None:
        """Write the keys that are not durable yet."""
        with self._lock:
            for name in sorted(self._unstored):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                create_atomically(self._folder / f"{name}{_SUFFIX}", self._keys[name])
                self._unstored.discard(name)

    def delete(self, is_over: Callable[[str], bool]) -> None:
        """Delete the keys whose names are over. A file that the disk refuses to delete is tried again at a start."""
        with self._lock:
            over = [name for name in self._keys if is_over(name)]
            for name in over:
                del self._keys[name]
                self._unstored.discard(name)
                with contextlib.suppress(OSError):
                    (self._folder / f"{name}{_SUFFIX}").unlink(missing_ok=True)
        if over:
            self._delete_abandoned()

    def _delete_abandoned(self) -> None:
        before = (datetime.now(UTC) - ABANDONED).timestamp()
        for path in (self._data_dir / _FOLDER).glob(f"*/*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                if path.parent != self._folder and path.stat().st_mtime < before:
                    path.unlink()


class LiveKeys:
    """The keys of a live stream: a random one for each day that can still take posts.

    A post of any other day is about to be dropped, as late or future. Its hash is worthless, so that rubbish creates no
    keys.
    """

    def __init__(
        self, data_dir: Path, day_grace: timedelta, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Keep the keys in ``data_dir``. ``now`` is the machine's clock."""
        self._files = _KeyFiles(data_dir)
        self._kept = day_grace + AFTER_CLOSE
        self._now = now
        self._first_day = (now() - self._kept).date()
        self._hashes: dict[date, Callable[[str], str]] = {}
        self._worthless = hash_under(secrets.token_bytes(KEY_BYTES))

    def hash_author(self, account: str, moment: datetime) -> str:
        """Return the hash of an account for a post of ``moment``: 16 hexadecimal digits."""
        hashed = self._hashes.get(moment.date())
        return (hashed or self._new_hash(moment))(account)

    def _new_hash(self, moment: datetime) -> Callable[[str], str]:
        day = moment.date()
        # Twice, because a post waits a moment until its stream decides about it.
        if not self._first_day <= day <= (self._now() + 2 * MAX_AHEAD).date():
            return self._worthless
        hashed = hash_under(self._files.key(day.isoformat()))
        self._hashes = {**self._hashes, day: hashed}
        return hashed

    def load(self, source: str, committed: Commit) -> None:
        """Read the keys of a stream, and delete those of its closed days."""
        self._files.load(source)
        self.forget(committed)

    def store(self) -> None:
        """Make the keys in use durable."""
        self._files.store()

    def forget(self, committed: Commit) -> None:
        """Delete the keys of days that are closed at ``committed``."""
        if committed.clock is None:
            return
        first_day = (committed.clock - self._kept).date()
        if first_day == self._first_day and self._hashes:
            return
        self._first_day = first_day
        self._hashes = {day: hashed for day, hashed in self._hashes.items() if day >= first_day}
        self._files.delete(lambda name: name < first_day.isoformat())


class RecordingKeys:
    """The key of a recording, from which those of its days derive."""

    def __init__(self, data_dir: Path) -> None:
        """Keep the key in ``data_dir`` until the recording ends."""
        self._files = _KeyFiles(data_dir)
        self._hash: AuthorHash | None = None

    def hash_author(self, account: str, moment: datetime) -> str:
        """Return the hash of an account for a post of ``moment``: 16 hexadecimal digits."""
        hashed = self._hash
        if hashed is None:
            hashed = self._hash = derived_hash(self._files.key(_RECORDING))
        return hashed(account, moment)

    def load(self, source: str, committed: Commit) -> None:
        """Read the key of a recording, unless that has ended."""
        self._files.load(source)
        self.forget(committed)

    def store(self) -> None:
        """Make the key durable, if it is in use."""
        self._files.store()

    def forget(self, committed: Commit) -> None:
        """Delete the key when all days of the recording are closed."""
        if committed.days and all(span.closed_offset is not None for span in committed.days.values()):
            self._files.delete(lambda _: True)
            self._hash = None
