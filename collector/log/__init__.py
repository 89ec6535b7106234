"""The log: posts that survive any crash and can be read from any offset.

This is the interface between the parts of the collector. :mod:`collector.log.spool` implements it with files,
:mod:`collector.log.kafka` with topics of Kafka. Both keep the same promises. One thread appends and commits. Another
reads, asks for the status and releases.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import msgspec

from collector.sources import Cursor
from contract.gap import Gap
from contract.post import Post
from contract.socket_protocol import DaySpan, StreamStatus


class LogCorruptionError(RuntimeError):
    """The log contradicts itself. The message is one line with the command that begins the source anew."""


class LogInUseError(RuntimeError):
    """Another collector has this log open. The message is one line."""


class OffsetError(ValueError):
    """A range that the log does not have. The message names the range that it has."""


class Counts(msgspec.Struct, array_like=True, frozen=True):
    """The posts in a stream since it began, those of them with a hashtag, and the dropped ones, by reason."""

    posts: int = 0
    tagged: int = 0
    dropped: dict[str, int] = {}


class Commit(msgspec.Struct, array_like=True, frozen=True):
    """The whole state of a stream at one commit.

    ``end`` is the offset after the last byte. ``crc`` is the CRC-32 of the bytes since the previous commit in the same
    segment. ``skip`` is the number of posts after ``cursor`` that are in the stream or dropped already. The reader no
    longer needs anything below ``released``. ``gaps`` are those of open days, and of closed ones in ``days``.
    """

    end: int = 0
    crc: int = 0
    cursor: Cursor = None
    skip: int = 0
    clock: datetime | None = None
    days: dict[date, DaySpan] = {}
    released: int = 0
    counts: Counts = Counts()
    gaps: tuple[Gap, ...] = ()


class Log(Protocol):
    """The stream of one source."""

    @property
    def committed(self) -> Commit:
        """The stream's state at its last commit."""
        ...

    @property
    def pending_bytes(self) -> int:
        """The number of bytes that wait for the next commit."""
        ...

    @property
    def disk_bytes(self) -> int:
        """The number of bytes that the log takes on disk."""
        ...

    @property
    def first_offset(self) -> int:
        """The offset of the first byte that can be read."""
        ...

    def append(self, posts: Sequence[Post], dropped: Mapping[str, int], gaps: Sequence[Gap] = ()) -> None:
        """Add posts, counts of dropped ones, and gaps to the next commit."""
        ...

    def commit(self, cursor: Cursor, skip: int, clock: datetime | None, open_from: date) -> None:
        """Make everything appended durable, together with the place to resume from. Close days before ``open_from``.

        Raises:
            OSError: the disk is full or broken, or Kafka is away. Call again with the same arguments, and append
                nothing before.
            LogInUseError: another collector has taken the log over.
        """
        ...

    def release(self, offset: int, done: Collection[date] = ()) -> None:
        """Note that the reader needs nothing below ``offset`` and has recorded the closed days ``done``.

        Raises:
            OffsetError: the offset is beyond the stream's end.
        """
        ...

    def status(self) -> StreamStatus:
        """Return where the stream stands."""
        ...

    def lines_between(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the whole lines whose first byte lies in [start, end).

        Raises:
            OffsetError: the log does not have the range.
        """
        ...

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Return the bytes of [start, end), in chunks.

        Raises:
            OffsetError: the log no longer has the range.
        """
        ...

    def tail_start(self, lines: int) -> int:
        """Return an offset with at least ``lines`` lines after it; the first line's, if there are fewer."""
        ...

    def damage_at(self, offset: int, what: str) -> LogCorruptionError:
        """Return the error for damage at ``offset``; ``what`` completes "The file ..."."""
        ...

    def close(self) -> None:
        """Close the log. Uncommitted posts are lost."""
        ...
