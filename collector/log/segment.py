"""A segment: a file with bytes of the stream, named by the offset of the first one, and its commit log.

The functions at the end read the stream's bytes across segments, from any offset, in whole lines.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from collector.log import Commit, OffsetError
from collector.log.commit_log import damage, encode_commit, read_commits
from contract.files import sync, write_atomically
from contract.post import MAX_LINE_BYTES

_BYTES = ".ndjson"
_LOG = ".commits"
_NAME = "[0-9]" * 20
_CHECK_BYTES = 1024 * 1024


class Segment:
    """The stream's bytes in [``start``, ``end``), all of them committed."""

    def __init__(self, folder: Path, start: int, end: int, log_bytes: int = 0) -> None:
        """Describe a segment. This touches no file."""
        self.start = start
        self.end = end
        self.path = folder / f"{start:020d}{_BYTES}"
        self.log_path = self.path.with_suffix(_LOG)
        self._log_bytes = log_bytes

    @property
    def disk_bytes(self) -> int:
        """The number of bytes of both files."""
        return self.end - self.start + self._log_bytes

    def append(self, data: bytes, commit: Commit) -> None:
        """Make ``data`` and then its record durable. If this fails, nothing of both remains.

        Raises:
            OSError: the disk is full or broken. The same call may be repeated.
        """
        record = encode_commit(commit)
        try:
            if self._log_bytes == 0:
                self._create()
            if data:
                _write(self.path, self.end - self.start, data)
            _write(self.log_path, self._log_bytes, record)
        except OSError:
            self._truncate()
            raise
        self.end += len(data)
        self._log_bytes += len(record)

    def recover(self) -> Commit | None:
        """Truncate everything after the last whole record, check all bytes before it, and return the record.

        Returns:
            The last commit; None if the segment has none.

        Raises:
            LogCorruptionError: the bytes differ from the committed ones.
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
        self._truncate()
        return commits[-1] if commits else None

    def remove(self) -> None:
        """Delete the files. A crash in between leaves a log older than all bytes; the next start deletes it."""
        self.path.unlink(missing_ok=True)
        self.log_path.unlink(missing_ok=True)

    def shorten_log(self, commit: Commit) -> None:
        """Reduce the log to its last record, in a segment without bytes.

        Raises:
            OSError: the disk is full or broken. The log is unchanged.
        """
        record = encode_commit(commit)
        write_atomically(self.log_path, record)
        self._log_bytes = len(record)

    def _create(self) -> None:
        """Make both names durable before the files have content. From then on, neither may be missing."""
        for path in (self.path, self.log_path):
            path.touch(mode=0o600)
        sync(self.path.parent)

    def _truncate(self) -> None:
        for path, size in ((self.path, self.end - self.start), (self.log_path, self._log_bytes)):
            if path.exists() and path.stat().st_size > size:
                os.truncate(path, size)


def segments_by_name(folder: Path) -> list[Segment]:
    """Return the segments of a folder by the names of their files alone, in order. Their ends are unknown."""
    starts = [int(path.stem) for path in sorted(folder.glob(_NAME + _BYTES))]
    return [Segment(folder, start, start) for start in starts]


def segments_of(folder: Path) -> list[Segment]:
    """Return the segments of a folder, in order. Each but the last ends where the next begins.

    Raises:
        LogCorruptionError: a file is missing, too short or too long.
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
    """Remove a log without bytes, if a crash left it while a segment was created or removed.

    Raises:
        LogCorruptionError: a crash cannot have left it.
    """
    is_older_than_all = bool(segments) and int(log.stem) < segments[0].start
    if size and not is_older_than_all:
        raise damage(log.with_suffix(_BYTES), "is missing")
    log.unlink()


def _write(path: Path, position: int, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            written = os.pwrite(handle, rest, position)
            position += written
            rest = rest[written:]
        # macOS has only fsync.
        (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(handle)
    finally:
        os.close(handle)


def _checksum(read: Callable[[int], bytes], size: int) -> int | None:
    """Return the CRC-32 of the next ``size`` bytes; None if there are fewer."""
    checksum = 0
    while size > 0:
        data = read(min(size, _CHECK_BYTES))
        if not data:
            return None
        checksum = crc32(data, checksum)
        size -= len(data)
    return checksum


CHUNK_BYTES = 1024 * 1024


def read_bytes(segments: Sequence[Segment], start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of [start, end), in chunks of at most CHUNK_BYTES.

    Raises:
        OffsetError: a segment has been deleted meanwhile.
        LogCorruptionError: a segment is shorter than its commits.
    """
    for segment in segments:
        low, high = max(start, segment.start), min(end, segment.end)
        if low < high:
            yield from _read_segment(segment, low, high)


def line_start(segments: Sequence[Segment], offset: int, end: int) -> int:
    """Return the offset of the first line at or after ``offset``. ``end`` is the stream's end, which ends a line.

    Raises:
        OffsetError: a segment has been deleted meanwhile.
        LogCorruptionError: no line ends within the longest line.
    """
    if offset == end or any(offset == segment.start for segment in segments):
        return offset
    position = offset - 1
    for chunk in read_bytes(segments, position, min(position + 2 * MAX_LINE_BYTES, end)):
        newline = chunk.find(b"\n")
        if newline >= 0:
            return position + newline + 1
        position += len(chunk)
    broken = next(segment for segment in reversed(segments) if segment.start <= offset)
    raise damage(broken.path, f"has no line that ends after byte {offset - broken.start}")


def tail_start(segments: Sequence[Segment], end: int, lines: int) -> int:
    """Return an offset with at least ``lines`` lines from there to ``end``; the first line's, if there are fewer.

    Raises:
        LogCorruptionError: a segment is shorter than its commits.
    """
    start = end
    # One more line, because the first one found may be a part only.
    while lines >= 0 and segments and start > segments[0].start:
        earlier = max(segments[0].start, start - CHUNK_BYTES)
        lines -= sum(chunk.count(b"\n") for chunk in read_bytes(segments, earlier, start))
        start = earlier
    return line_start(segments, start, end)


def _read_segment(segment: Segment, low: int, high: int) -> Iterator[bytes]:
    try:
        handle = os.open(segment.path, os.O_RDONLY)
    except FileNotFoundError:
        raise OffsetError(f"offset {low} is no longer in the spool") from None
    try:
        while low < high:
            chunk = os.pread(handle, min(CHUNK_BYTES, high - low), low - segment.start)
            if not chunk:
                raise damage(segment.path, "is shorter than what was committed to it")
            yield chunk
            low += len(chunk)
    finally:
        os.close(handle)
