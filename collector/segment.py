"""A segment: one file of the stream's bytes, named by the offset of its first, beside its commit log."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from collector.commit_log import Commit, damage, encode_commit, read_commits

_BYTES = ".ndjson"
_LOG = ".commits"
_NAME = "[0-9]" * 20
_CHECK_BYTES = 1024 * 1024


class Segment:
    """The stream's bytes in [``start``, ``end``), all of them committed."""

    def __init__(self, folder: Path, start: int, end: int, log_bytes: int = 0) -> None:
        """Describe a segment; no file is touched."""
        self.start = start
        self.end = end
        self.path = folder / f"{start:020d}{_BYTES}"
        self.log_path = self.path.with_suffix(_LOG)
        self._log_bytes = log_bytes

    @property
    def disk_bytes(self) -> int:
        """How much of the disk both files take."""
        return self.end - self.start + self._log_bytes

    def append(self, data: bytes, commit: Commit) -> None:
        """Make ``data`` and then the record of it durable; nothing of both stays when that fails.

        Raises:
            OSError: the disk is full or broken. The same call may be tried again.
        """
        record = encode_commit(commit)
        try:
            if self._log_bytes == 0:
                self._create()
            if data:
                _write(self.path, self.end - self.start, data)
            _write(self.log_path, self._log_bytes, record)
        except OSError:
            self._cut()
            raise
        self.end += len(data)
        self._log_bytes += len(record)

    def recover(self) -> Commit | None:
        """Cut what follows the last whole record, check all bytes before it, and return the record.

        Returns:
            The last commit; None when the segment has none.

        Raises:
            SpoolCorruptionError: the bytes are not those that were committed.
        """
        if not self.log_path.exists():
            if self.end > self.start:
                raise damage(self.log_path, "is missing")
            return None
        commits, self._log_bytes = read_commits(self.log_path)
        self.end = commits[-1].end if commits else self.start
        with self.path.open("rb") as file:
            position = self.start
            for commit in commits:
                if _checksum(file.read, commit.end - position) != commit.crc:
                    low, high = position - self.start, commit.end - self.start
                    raise damage(self.path, f"is damaged between bytes {low} and {high}")
                position = commit.end
        self._cut()
        return commits[-1] if commits else None

    def remove(self) -> None:
        """Delete the files; a crash in between leaves a log older than all bytes, for the next start to delete."""
        self.path.unlink(missing_ok=True)
        self.log_path.unlink(missing_ok=True)

    def shorten_log(self, commit: Commit) -> None:
        """Replace the log by its last record, in a segment that has no bytes yet.

        Raises:
            OSError: the disk is full or broken; the log is as it was.
        """
        record = encode_commit(commit)
        draft = self.log_path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        _write(draft, 0, record)
        draft.replace(self.log_path)
        sync_folder(draft.parent)
        self._log_bytes = len(record)

    def _create(self) -> None:
        """Make both names durable before anything is in the files: from then on, neither may be missing."""
        for path in (self.path, self.log_path):
            path.touch()
        sync_folder(self.path.parent)

    def _cut(self) -> None:
        for path, size in ((self.path, self.end - self.start), (self.log_path, self._log_bytes)):
            if path.exists() and path.stat().st_size > size:
                os.truncate(path, size)


def segments_of(folder: Path) -> list[Segment]:
    """Return the segments of a folder, in order; each but the last ends where the next begins.

    Raises:
        SpoolCorruptionError: a file is missing, or shorter or longer than that.
    """
    logs = {path: path.stat().st_size for path in sorted(folder.glob(_NAME + _LOG))}
    found = []
    for path in sorted(folder.glob(_NAME + _BYTES)):
        start = int(path.stem)
        found.append(Segment(folder, start, start + path.stat().st_size, logs.pop(path.with_suffix(_LOG), 0)))
    for log, size in logs.items():
        _remove_log_alone(log, size, found)
    for segment, following in pairwise(found):
        if segment.end != following.start:
            raise damage(segment.path, f"ends at {segment.end} and the next segment begins at {following.start}")
    return found


def _remove_log_alone(log: Path, size: int, segments: list[Segment]) -> None:
    """Remove a log that a crash left without its bytes, when they were made or removed.

    Raises:
        SpoolCorruptionError: no crash leaves it like this.
    """
    is_older_than_all = bool(segments) and int(log.stem) < segments[0].start
    if size and not is_older_than_all:
        raise damage(log.with_suffix(_BYTES), "is missing")
    log.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, position: int, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            written = os.pwrite(handle, rest, position)
            position += written
            rest = rest[written:]
        os.fdatasync(handle)
    finally:
        os.close(handle)


def _checksum(read: Callable[[int], bytes], size: int) -> int | None:
    """Return the CRC-32 of the next ``size`` bytes; None when there are fewer."""
    checksum = 0
    while size > 0:
        data = read(min(size, _CHECK_BYTES))
        if not data:
            return None
        checksum = crc32(data, checksum)
        size -= len(data)
    return checksum
