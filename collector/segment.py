"""A segment: one file of the stream's bytes, named by the offset of its first, beside its commit log."""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from collector.commit_log import Commit, SpoolCorruptionError, encode_commit, read_commits

_BYTES = ".ndjson"
_LOG = ".commits"
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
        is_new = self._log_bytes == 0
        try:
            if data or is_new:
                _write(self.path, self.end - self.start, data)
            _write(self.log_path, self._log_bytes, record)
            if is_new:
                sync_folder(self.path.parent)
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
        commits, self._log_bytes = read_commits(self.log_path) if self.log_path.exists() else ([], 0)
        self.end = commits[-1].end if commits else self.start
        with self.path.open("rb") as file:
            position = self.start
            for commit in commits:
                if _checksum(file.read, commit.end - position) != commit.crc:
                    raise SpoolCorruptionError(
                        f"{self.path} is damaged between bytes {position - self.start} and "
                        f"{commit.end - self.start}: restore it, or move its folder away"
                    )
                position = commit.end
        self._cut()
        return commits[-1] if commits else None

    def remove(self) -> None:
        """Delete the files; a log without its bytes is deleted at the next start."""
        self.path.unlink(missing_ok=True)
        self.log_path.unlink(missing_ok=True)

    def _cut(self) -> None:
        for path, size in ((self.path, self.end - self.start), (self.log_path, self._log_bytes)):
            if path.exists() and path.stat().st_size > size:
                os.truncate(path, size)


def segments_of(folder: Path) -> list[Segment]:
    """Return the segments of a folder, in order; each but the last ends where the next begins.

    Raises:
        SpoolCorruptionError: one is shorter or longer than that.
    """
    for log in folder.glob(f"*{_LOG}"):
        if not log.with_suffix(_BYTES).exists():
            log.unlink()
    found = []
    for path in sorted(folder.glob(f"*{_BYTES}")):
        start, log = int(path.stem), path.with_suffix(_LOG)
        log_bytes = log.stat().st_size if log.exists() else 0
        found.append(Segment(folder, start, start + path.stat().st_size, log_bytes))
    for segment, following in pairwise(found):
        if segment.end != following.start:
            raise SpoolCorruptionError(
                f"{segment.path} ends at {segment.end} and the next segment begins at {following.start}: "
                "restore it, or move its folder away"
            )
    return found


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
