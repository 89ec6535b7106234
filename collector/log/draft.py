"""What waits for the next commit of a log, and what its reader has released. Neither touches storage.

One thread appends and commits. Another one releases: what both use is replaced as a whole, never changed in place.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zlib import crc32

from collector.log import Commit, Counts, OffsetError
from collector.sources import Cursor
from contract.gap import Gap, with_gaps
from contract.post import Post, encode_posts
from contract.socket_protocol import DaySpan, StreamStatus


class Releases:
    """The offset below which the reader needs nothing, and the closed days that it has recorded (``done``)."""

    def __init__(self, offset: int) -> None:
        """Start at the offset that was released at the last commit."""
        self.offset = offset
        self.done: frozenset[date] = frozenset()

    def note(self, committed: Commit, offset: int, done: Collection[date]) -> None:
        """Note a release of the stream at ``committed``.

        Only a recorded day leaves the status, and only once it is closed. Until then no byte after its end is released,
        whatever the offset: a wrong offset cannot make a closed day disappear.

        Raises:
            OffsetError: the offset is beyond the stream's end.
        """
        if offset > committed.end:
            raise OffsetError(f"offset {offset} is beyond the end, {committed.end}")
        ends = {day: span.closed_offset for day, span in committed.days.items() if span.closed_offset is not None}
        named = self.done.union(done)
        self.done = frozenset(day for day, end in ends.items() if day in named and end <= max(offset, self.offset))
        held = [end for day, end in ends.items() if day not in self.done]
        self.offset = max(self.offset, min([offset, *held]))

    def without_done(self, days: Mapping[date, DaySpan]) -> dict[date, DaySpan]:
        """Return the days that the reader has not recorded."""
        return {day: span for day, span in days.items() if day not in self.done}


def stream_status(
    source: str, first_offset: int, committed: Commit, releases: Releases, stream_id: str
) -> StreamStatus:
    """Return where the stream at ``committed`` stands."""
    days = releases.without_done(committed.days)
    return StreamStatus(source, first_offset, committed.end, committed.clock, days, stream_id)


class Draft:
    """Posts, counts of dropped ones and gaps that wait for the commit after ``last``. ``size`` is in bytes."""

    def __init__(self, last: Commit) -> None:
        """Start without anything."""
        self._last = last
        self._pending: list[bytes] = []
        self._posts = 0
        self._tagged = 0
        self._dropped: Counter[str] = Counter()
        self._days = dict(last.days)
        self._gaps = last.gaps
        self._day_begin = self._day_end = datetime.min.replace(tzinfo=UTC)
        self.size = 0

    def append(self, posts: Sequence[Post], dropped: Mapping[str, int], gaps: Sequence[Gap] = ()) -> None:
        """Add posts, counts of dropped ones, and gaps."""
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

    def commit_of(
        self, cursor: Cursor, skip: int, clock: datetime | None, open_from: date, releases: Releases
    ) -> tuple[bytes, Commit]:
        """Return the bytes to write and the stream's state after them. Days before ``open_from`` are closed in it."""
        data, last = b"".join(self._pending), self._last
        end = last.end + len(data)
        counts = Counts(
            last.counts.posts + self._posts,
            last.counts.tagged + self._tagged,
            dict(Counter(last.counts.dropped) + self._dropped),
        )
        days = releases.without_done(_closed(self._days, open_from, end))
        gaps = tuple(gap for gap in self._gaps if gap.start.date() >= open_from or gap.start.date() in days)
        return data, Commit(end, crc32(data), cursor, skip, clock, days, releases.offset, counts, gaps)

    def _add(self, posts: Sequence[Post]) -> None:
        if posts:
            data = encode_posts(list(posts))
            self._pending.append(data)
            self.size += len(data)
            self._posts += len(posts)

    def _start_day(self, day: date) -> None:
        self._day_begin = datetime.combine(day, time(), UTC)
        self._day_end = self._day_begin + timedelta(days=1)
        if day not in self._days:
            self._days[day] = DaySpan(self._last.end + self.size)


def _closed(days: Mapping[date, DaySpan], open_from: date, end: int) -> dict[date, DaySpan]:
    return {
        day: DaySpan(span.first_offset, end) if span.closed_offset is None and day < open_from else span
        for day, span in days.items()
    }
