"""Where a stream of Bluesky stands: from where to resume, what was seen already, and what is missing. Pure.

A server sends everything since a cursor again, including the event at it. A cursor is a sequence number, which only one
server of version 2 understands, or a time, which all do. So a stream that resumes must begin with events that were seen
already. If it begins later, posts are missing: they become a gap.
"""

from collections import deque
from datetime import UTC, datetime, timedelta

from collector.sources import Cursor
from contract.gap import Gap
from contract.post import MAX_AHEAD

REWIND = timedelta(seconds=5)
"""How far to go back on the same server, since events are lost or out of order where old ones meet live ones."""

REWIND_ELSEWHERE = timedelta(seconds=60)
"""How far to go back on another server, whose times of the same events differ."""

REPEATED = 2 * REWIND_ELSEWHERE
"""A resumed stream sends nothing new that is so much older than the latest event seen before."""

HOLE = timedelta(seconds=30)
"""For so long the network is never silent."""

_TOLERANCE = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

OLDEST_FIRST = timedelta(days=1)
"""A new stream begins now. A first event that is so much older has a wrong time."""

NOT_RESENT = "connection lost, and not sent again"
TOO_OLD = "connection lost for longer than the server keeps posts"
NONE_SENT = "the server sent nothing"


class Position:
    """The position of one stream, over all its connections."""

    def __init__(self, cursor: Cursor) -> None:
        """Resume at a cursor of an earlier process."""
        known = cursor or {}
        self._host, self._version = known.get("host"), known.get("version")
        seq = known.get("seq")
        self._seq = seq if isinstance(seq, int) else None
        latest = known.get("time_us")
        self.latest = _EPOCH + latest * _MICROSECOND if isinstance(latest, int) else None
        self._marks: deque[tuple[datetime, int]] = deque()
        self._before_connection: datetime | None = None
        self._is_by_seq = False
        self._reason = NOT_RESENT
        self.awaits_first = False

    @property
    def cursor(self) -> Cursor:
        """Where to resume: server, version, sequence number if there is one, and the latest event time."""
        if self.latest is None:
            return None
        time_us = (self.latest - _EPOCH) // _MICROSECOND
        return {"version": self._version, "host": self._host, "seq": self._resume_seq, "time_us": time_us}

    @property
    def _resume_seq(self) -> int | None:
        return self._marks[0][1] if self._marks else self._seq

    def _seq_at(self, host: str, version: int, by_time: bool) -> int | None:
        """Return the sequence number to ask a server for; None if it would not understand ours."""
        is_understood = version == 2 and (host, version) == (self._host, self._version)
        return self._resume_seq if is_understood and not by_time else None

    def query(self, host: str, version: int, by_time: bool) -> int | None:
        """Return the cursor to ask a server for; None for a new stream. ``by_time`` does without sequence numbers."""
        if self.latest is None:
            return None
        if (seq := self._seq_at(host, version, by_time)) is not None:
            return seq
        rewind = REWIND if (host, version) == (self._host, self._version) else REWIND_ELSEWHERE
        return (self.latest - rewind - _EPOCH) // _MICROSECOND

    def begin(self, host: str, version: int, by_time: bool, is_too_old: bool) -> None:
        """Note a new connection. ``is_too_old``: the server has refused a sequence number as too old."""
        self._is_by_seq = self._seq_at(host, version, by_time) is not None
        self._host, self._version = host, version
        if not self._is_by_seq:
            self._seq = None
            self._marks.clear()
        self._before_connection = self.latest
        self._reason = TOO_OLD if is_too_old else NOT_RESENT
        self.awaits_first = self.latest is not None

    def cursor_was_too_old(self) -> None:
        """Note that the server has begun later than asked, as it says."""
        self._reason = TOO_OLD

    def is_elsewhere(self, first: datetime) -> bool:
        """Return whether the first event shows that a sequence number is that of another server's event.

        The stream must then be asked for by time.
        """
        before = self._before_connection
        return self._is_by_seq and before is not None and not before - REPEATED <= first <= before + _TOLERANCE

    def take(self, moment: datetime, now: datetime, gaps: list[Gap]) -> bool:
        """Note the time of an event. Return False if it was certainly seen before. Add a gap if posts are missing."""
        before = self._before_connection
        if before is not None and moment < before - REPEATED:
            return False
        latest = self.latest
        if moment - now > MAX_AHEAD or (latest is None and now - moment > OLDEST_FIRST):
            return True  # the ingest drops it
        if latest is None:
            self.latest = moment
        elif moment > latest:
            if self.awaits_first:
                if moment > latest + _TOLERANCE:
                    gaps.append(Gap(latest, moment, self._reason))
            elif moment > latest + HOLE:
                gaps.append(Gap(latest, moment, NONE_SENT))
            self.latest = moment
        self.awaits_first = False
        return True

    def mark(self, seq: int) -> None:
        """Note the sequence number of the latest event of a batch."""
        if self.latest is None:
            return
        if self._is_by_seq and self._before_connection == self.latest:
            return  # still what was seen before: the marks of then are valid
        while self._marks and self._marks[0][0] < self.latest - REWIND and len(self._marks) > 1:
            self._marks.popleft()
        self._marks.append((self.latest, seq))
