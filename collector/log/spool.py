"""The spool: the log in files. Admitted posts become bytes that survive any crash and can be read from any offset.

One thread appends and commits. Another reads, asks for the status and releases. State that both use is replaced as a
whole, never changed in place.
"""

import contextlib
import fcntl
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec.structs import replace

from collector.log import Commit, LogCorruptionError, LogInUseError, OffsetError
from collector.log.commit_log import damage
from collector.log.draft import Draft, Releases, stream_status
from collector.log.segment import Segment, line_start, read_bytes, segments_of, tail_start
from collector.sources import Cursor
from contract.gap import Gap
from contract.post import Post
from contract.socket_protocol import StreamStatus

SEGMENT_BYTES = 64 * 1024 * 1024

STREAM_ID = "stream_id"
"""The file with the id of a restarted stream (collector.intake.stream_restart). Other streams have none."""


class Spool:
    """The stream of one source, in its own folder."""

    def __init__(self, folder: Path, source: str, max_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open the spool, truncate uncommitted bytes, and lock it against other collectors.

        Raises:
            LogInUseError: another process has it open.
            LogCorruptionError: its files contradict each other.
            OSError: the folder cannot be used.
        """
        self.source = source
        self.folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = segment_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder / "lock")
        self._segments, self._committed = _recover(folder)
        stream_id = folder / STREAM_ID
        self._stream_id = stream_id.read_text() if stream_id.exists() else ""
        self._written_at = max((segment.log_path.stat().st_mtime for segment in self._segments), default=0.0)
        self._releases = Releases(self._committed.released)
        self._draft = Draft(self._committed)

    def close(self) -> None:
        """Close the spool. Uncommitted posts are lost."""
        os.close(self._lock)

    @property
    def committed(self) -> Commit:
        """The stream's state at its last commit."""
        return self._committed

    @property
    def pending_bytes(self) -> int:
        """The number of bytes that wait for the next commit."""
        return self._draft.size

    @property
    def disk_bytes(self) -> int:
        """The number of bytes that the segments take on disk."""
        return sum(segment.disk_bytes for segment in self._segments)

    @property
    def written_at(self) -> datetime | None:
        """The machine's time of the last commit; None for a new stream."""
        return datetime.fromtimestamp(self._written_at, UTC) if self._segments else None

    def append(self, posts: Sequence[Post], dropped: Mapping[str, int], gaps: Sequence[Gap] = ()) -> None:
        """Add posts, counts of dropped ones, and gaps to the next commit."""
        self._draft.append(posts, dropped, gaps)

    def commit(self, cursor: Cursor, skip: int, clock: datetime | None, open_from: date) -> None:
        """Make everything appended durable, together with the place to resume from. Close days before ``open_from``.

        Do nothing if nothing is new.

        Raises:
            OSError: the disk is full or broken. Nothing was committed; call again with the same arguments.
        """
        last = self._committed
        data, commit = self._draft.commit_of(cursor, skip, clock, open_from, self._releases)
        # A day may close without a post: by the machine's time, or at the end of a recording.
        if commit != replace(last, crc=commit.crc):
            self._segment_to_write().append(data, commit)
            self._committed = commit
            self._note_write_time()
            self._delete_released()
        self._draft = Draft(self._committed)

    def release(self, offset: int, done: Collection[date] = ()) -> None:
        """Note that the reader needs nothing below ``offset`` and has recorded the closed days ``done``.

        Raises:
            OffsetError: the offset is beyond the stream's end.
        """
        self._releases.note(self._committed, offset, done)

    def status(self) -> StreamStatus:
        """Return where the stream stands."""
        return stream_status(self.source, self.first_offset, self._committed, self._releases, self._stream_id)

    @property
    def first_offset(self) -> int:
        """The offset of the first byte that can be read."""
        return self._segments[0].start if self._segments else self._committed.end

    def lines_between(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the whole lines whose first byte lies in [start, end).

        Raises:
            OffsetError: the spool does not have the range.
        """
        first, last = self.first_offset, self._committed.end
        if not first <= start <= end <= last:
            raise OffsetError(f"[{start}, {end}) is not in the spool: [{first}, {last}) is")
        return line_start(self._segments, start, last), line_start(self._segments, end, last)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes of [start, end), in chunks.

        Raises:
            OffsetError: the spool no longer has the range.
        """
        return read_bytes(self._segments, start, end)

    def tail_start(self, lines: int) -> int:
        """Return an offset with at least ``lines`` lines after it; the first line's, if there are fewer."""
        return tail_start(self._segments, self._committed.end, lines)

    def damage_at(self, offset: int, what: str) -> LogCorruptionError:
        """Return the error for damage at ``offset``; ``what`` completes "The file ..."."""
        return damage(next(segment.path for segment in reversed(self._segments) if segment.start <= offset), what)

    def _segment_to_write(self) -> Segment:
        end = self._committed.end
        last = self._segments[-1] if self._segments else None
        if last is None or (last.disk_bytes >= self._segment_bytes and last.end > last.start):
            last = Segment(self.folder, end, end)
            self._segments = (*self._segments, last)
        elif last.disk_bytes >= self._segment_bytes:
            # Only drops for hours. The next segment would have the name of this one, which has no bytes.
            last.shorten_log(self._committed)
        return last

    def _note_write_time(self) -> None:
        """Keep the file's time from going back, when the machine's clock is set back."""
        path = self._segments[-1].log_path
        with contextlib.suppress(OSError):
            written_at = path.stat().st_mtime
            if written_at < self._written_at:
                os.utime(path, (self._written_at, self._written_at))
            self._written_at = max(written_at, self._written_at)

    def _delete_released(self) -> None:
        while (
            len(self._segments) > 1
            and self.disk_bytes > self._max_bytes
            and self._segments[0].end <= self._committed.released
        ):
            oldest, self._segments = self._segments[0], self._segments[1:]
            oldest.remove()


def _lock(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise LogInUseError(f"{path.parent} is in use by another collector: stop it, or set DATA_DIR") from None
    return handle


def _recover(folder: Path) -> tuple[tuple[Segment, ...], Commit]:
    """Return the segments and the last commit. Remove a last segment without a commit."""
    segments = segments_of(folder)
    while segments:
        commit = segments[-1].recover()
        if commit is not None:
            return tuple(segments), commit
        if len(segments) == 1 and segments[-1].start > 0:
            raise damage(segments[-1].log_path, "is empty")
        segments.pop().remove()
    return (), Commit()
