"""The spool: admitted posts -> bytes on disk that survive any crash and can be read from any offset.

One thread appends and commits; another reads, asks for the status and releases. What they share
is replaced as a whole, never changed in place.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zlib import crc32

from collector.commit_log import Commit, Counts, damage
from collector.segment import Segment, segments_of
from collector.segment_reader import OffsetError, line_start, read_bytes, tail_start
from collector.sources.source import Cursor
from contract.post import Post, encode_posts
from contract.socket_protocol import DaySpan, StreamStatus

SEGMENT_BYTES = 64 * 1024 * 1024


class SpoolInUseError(RuntimeError):
    """Another collector has this spool open. The message is one line."""


class Spool:
    """The stream of one source, in a folder of its own."""

    def __init__(self, folder: Path, source: str, max_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open the spool, cut what was never committed, and hold it against other collectors.

        Raises:
            SpoolInUseError: another process has it open.
            SpoolCorruptionError: its files contradict each other.
            OSError: the folder cannot be used.
        """
        self.source = source
        self._folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = segment_bytes
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder / "lock")
        self._segments, self._committed = _recover(folder)
        self._released = self._committed.released
        self._forget_uncommitted()

    def close(self) -> None:
        """Let go of the spool; what is not committed is gone."""
        os.close(self._lock)

    @property
    def committed(self) -> Commit:
        """The stream's state at its last commit."""
        return self._committed

    @property
    def pending_bytes(self) -> int:
        """How many bytes wait to be committed."""
        return self._pending_size

    @property
    def disk_bytes(self) -> int:
        """How much of the disk the segments take."""
        return sum(segment.disk_bytes for segment in self._segments)

    def append(self, posts: Sequence[Post], dropped: Mapping[str, int]) -> None:
        """Add posts, and counts of dropped ones, to the next commit."""
        self._dropped.update(dropped)
        begun = 0
        for position, post in enumerate(posts):
            self._tagged += bool(post.hashtags)
            if not self._day_begin <= post.created_at < self._day_end:
                self._keep(posts[begun:position])
                begun = position
                self._begin_day(post.created_at.date())
        self._keep(posts[begun:])

    def commit(self, cursor: Cursor, skip: int, clock: datetime | None, open_from: date) -> None:
        """Make everything appended durable, together with where to go on; close days before ``open_from``.

        Does nothing when nothing is new.

        Raises:
            OSError: the disk is full or broken. Nothing was committed; call again with the same.
        """
        data = b"".join(self._pending)
        last = self._committed
        end = last.end + len(data)
        counts = Counts(
            last.counts.posts + self._posts,
            last.counts.tagged + self._tagged,
            dict(Counter(last.counts.dropped) + self._dropped),
        )
        days = _closed(self._days, open_from, end)
        released = self._released
        commit = Commit(end, crc32(data), cursor, skip, clock, _unreleased(days, released), released, counts)
        if (last.end, last.cursor, last.skip, last.clock, last.released, last.counts) != (
            (end, cursor, skip, clock, released, counts)
        ):
            self._segment_to_write().append(data, commit)
            self._committed = commit
            self._delete_released()
        self._forget_uncommitted()

    def release(self, offset: int) -> None:
        """Note that nothing below ``offset`` is needed any more.

        Raises:
            OffsetError: the offset is beyond the stream's end.
        """
        if offset > self._committed.end:
            raise OffsetError(f"offset {offset} is beyond the end, {self._committed.end}")
        self._released = max(self._released, offset)

    def status(self) -> StreamStatus:
        """Return where the stream stands."""
        committed = self._committed
        return StreamStatus(
            self.source,
            self.first_offset,
            committed.end,
            committed.clock,
            _unreleased(committed.days, self._released),
        )

    @property
    def first_offset(self) -> int:
        """The offset of the first byte that is kept."""
        return self._segments[0].start if self._segments else self._committed.end

    def lines_between(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the whole lines whose first byte lies in [start, end).

        Raises:
            OffsetError: the range is not kept.
        """
        first, last = self.first_offset, self._committed.end
        if not first <= start <= end <= last:
            raise OffsetError(f"[{start}, {end}) is not kept: [{first}, {last}) is")
        return line_start(self._segments, start, last), line_start(self._segments, end, last)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes of [start, end), in chunks.

        Raises:
            OffsetError: the range is not kept any more.
        """
        return read_bytes(self._segments, start, end)

    def tail_start(self, lines: int) -> int:
        """Return where at least the last ``lines`` lines begin; the first line kept, where there are fewer."""
        return tail_start(self._segments, self._committed.end, lines)

    def file_at(self, offset: int) -> Path:
        """Return the file that keeps the byte at ``offset``."""
        return next(segment.path for segment in reversed(self._segments) if segment.start <= offset)

    def _forget_uncommitted(self) -> None:
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._posts = 0
        self._tagged = 0
        self._dropped: Counter[str] = Counter()
        self._days = dict(self._committed.days)
        self._day_begin = self._day_end = datetime.min.replace(tzinfo=UTC)

    def _keep(self, posts: Sequence[Post]) -> None:
        if posts:
            data = encode_posts(list(posts))
            self._pending.append(data)
            self._pending_size += len(data)
            self._posts += len(posts)

    def _begin_day(self, day: date) -> None:
        self._day_begin = datetime.combine(day, time(), UTC)
        self._day_end = self._day_begin + timedelta(days=1)
        if day not in self._days:
            self._days[day] = DaySpan(self._committed.end + self._pending_size)

    def _segment_to_write(self) -> Segment:
        end = self._committed.end
        last = self._segments[-1] if self._segments else None
        if last is None or (last.disk_bytes >= self._segment_bytes and last.end > last.start):
            last = Segment(self._folder, end, end)
            self._segments = (*self._segments, last)
        elif last.disk_bytes >= self._segment_bytes:
            # Nothing but drops for hours: a segment without bytes can have no successor of another name.
            last.shorten_log(self._committed)
        return last

    def _delete_released(self) -> None:
        while (
            len(self._segments) > 1
            and self.disk_bytes > self._max_bytes
            and self._segments[0].end <= self._committed.released
        ):
            oldest, self._segments = self._segments[0], self._segments[1:]
            oldest.remove()


def _lock(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise SpoolInUseError(f"{path.parent} is in use by another collector: stop it, or set DATA_DIR") from None
    return handle


def _recover(folder: Path) -> tuple[tuple[Segment, ...], Commit]:
    """Return the segments and the last commit; a last segment without a commit is removed."""
    segments = segments_of(folder)
    while segments:
        commit = segments[-1].recover()
        if commit is not None:
            return tuple(segments), commit
        if len(segments) == 1 and segments[-1].start > 0:
            raise damage(segments[-1].log_path, "is empty")
        segments.pop().remove()
    return (), Commit()


def _closed(days: Mapping[date, DaySpan], open_from: date, end: int) -> dict[date, DaySpan]:
    return {
        day: DaySpan(span.first_offset, end) if span.closed_offset is None and day < open_from else span
        for day, span in days.items()
    }


def _unreleased(days: Mapping[date, DaySpan], released: int) -> dict[date, DaySpan]:
    # A reader that has read everything has released the end; a day that closes there is still news to it.
    return {day: span for day, span in days.items() if span.closed_offset is None or span.closed_offset >= released}
