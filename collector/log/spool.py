"""The spool: the log in files. Admitted posts become bytes that survive any crash and can be read from any offset.

One thread appends and commits. Another reads, asks for the status and releases. State that both use is replaced as a
whole, never changed in place.
"""

import contextlib
import fcntl
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zlib import crc32

from msgspec.structs import replace

from collector.log import Commit, Counts, LogCorruptionError, LogInUseError, OffsetError
from collector.log.commit_log import damage
from collector.log.segment import Segment, line_start, read_bytes, segments_of, tail_start
from collector.sources import Cursor
from contract.gap import Gap, with_gaps
from contract.post import Post, encode_posts
from contract.socket_protocol import DaySpan, StreamStatus

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
        self._released = self._committed.released
        self._done: frozenset[date] = frozenset()
        self._gaps: tuple[Gap, ...] = ()
        self._discard_pending()

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
        return self._pending_size

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
        self._dropped.update(dropped)
        if gaps:
            self._gaps = with_gaps(self._gaps, gaps)
        self._tagged += sum(1 for post in posts if post.hashtags)
        begun = 0
        for position, post in enumerate(posts):
            if not self._day_begin <= post.created_at < self._day_end:
                self._add(posts[begun:position])
                begun = position
                self._start_day(post.created_at.date())
        self._add(posts[begun:])

    def commit(self, cursor: Cursor, skip: int, clock: datetime | None, open_from: date) -> None:
        """Make everything appended durable, together with the place to resume from. Close days before ``open_from``.

        Do nothing if nothing is new.

        Raises:
            OSError: the disk is full or broken. Nothing was committed; call again with the same arguments.
        """
        data = b"".join(self._pending)
        last = self._committed
        end = last.end + len(data)
        counts = Counts(
            last.counts.posts + self._posts,
            last.counts.tagged + self._tagged,
            dict(Counter(last.counts.dropped) + self._dropped),
        )
        days = _without(_closed(self._days, open_from, end), self._done)
        released = self._released
        gaps = tuple(gap for gap in self._gaps if gap.start.date() >= open_from or gap.start.date() in days)
        commit = Commit(end, crc32(data), cursor, skip, clock, days, released, counts, gaps)
        # A day may close without a post: by the machine's time, or at the end of a recording.
        if commit != replace(last, crc=commit.crc):
            self._segment_to_write().append(data, commit)
            self._committed = commit
            self._note_write_time()
            self._delete_released()
        self._discard_pending()

    def release(self, offset: int, done: Collection[date] = ()) -> None:
        """Note that the reader needs nothing below ``offset`` and has recorded the closed days ``done``.

        Only a recorded day leaves the status, and only once it is closed. Until then no byte after its end is released,
        whatever the offset: a wrong offset cannot make a closed day disappear.

        Raises:
            OffsetError: the offset is beyond the stream's end.
        """
        if offset > self._committed.end:
            raise OffsetError(f"offset {offset} is beyond the end, {self._committed.end}")
        ends = {day: span.closed_offset for day, span in self._committed.days.items() if span.closed_offset is not None}
        named = self._done.union(done)
        self._done = frozenset(day for day, end in ends.items() if day in named and end <= max(offset, self._released))
        held = [end for day, end in ends.items() if day not in self._done]
        self._released = max(self._released, min([offset, *held]))

    def status(self) -> StreamStatus:
        """Return where the stream stands."""
        committed = self._committed
        return StreamStatus(
            self.source,
            self.first_offset,
            committed.end,
            committed.clock,
            _without(committed.days, self._done),
            self._stream_id,
        )

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

    def _discard_pending(self) -> None:
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._posts = 0
        self._tagged = 0
        self._dropped: Counter[str] = Counter()
        self._days = dict(self._committed.days)
        self._gaps = self._committed.gaps
        self._day_begin = self._day_end = datetime.min.replace(tzinfo=UTC)

    def _add(self, posts: Sequence[Post]) -> None:
        if posts:
            data = encode_posts(list(posts))
            self._pending.append(data)
            self._pending_size += len(data)
            self._posts += len(posts)

    def _start_day(self, day: date) -> None:
        self._day_begin = datetime.combine(day, time(), UTC)
        self._day_end = self._day_begin + timedelta(days=1)
        if day not in self._days:
            self._days[day] = DaySpan(self._committed.end + self._pending_size)

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


def _closed(days: Mapping[date, DaySpan], open_from: date, end: int) -> dict[date, DaySpan]:
    return {
        day: DaySpan(span.first_offset, end) if span.closed_offset is None and day < open_from else span
        for day, span in days.items()
    }


def _without(days: Mapping[date, DaySpan], done: Collection[date]) -> dict[date, DaySpan]:
    return {day: span for day, span in days.items() if day not in done}
