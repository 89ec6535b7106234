"""Segments -> the stream's bytes from any offset, whole lines at a time."""

import os
from collections.abc import Iterator, Sequence

from collector.commit_log import damage
from collector.segment import Segment
from contract.post import MAX_LINE_BYTES

CHUNK_BYTES = 1024 * 1024


class OffsetError(ValueError):
    """A range that is not kept. The message says which is."""


def read_bytes(segments: Sequence[Segment], start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of [start, end), in chunks of at most CHUNK_BYTES.

    Raises:
        OffsetError: a segment was deleted meanwhile.
        SpoolCorruptionError: a segment is shorter than what was committed to it.
    """
    for segment in segments:
        low, high = max(start, segment.start), min(end, segment.end)
        if low < high:
            yield from _read_segment(segment, low, high)


def line_start(segments: Sequence[Segment], offset: int, end: int) -> int:
    """Return where the first line begins at or after ``offset``; ``end`` is the stream's, and ends a line.

    Raises:
        OffsetError: a segment was deleted meanwhile.
        SpoolCorruptionError: no line ends where one must.
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
    """Return where at least the last ``lines`` lines before ``end`` begin; the first kept, where there are fewer.

    Raises:
        SpoolCorruptionError: a segment is shorter than what was committed to it.
    """
    start = end
    # One more than asked for, because the first one found may have begun earlier.
    while lines >= 0 and segments and start > segments[0].start:
        earlier = max(segments[0].start, start - CHUNK_BYTES)
        lines -= sum(chunk.count(b"\n") for chunk in read_bytes(segments, earlier, start))
        start = earlier
    return line_start(segments, start, end)


def _read_segment(segment: Segment, low: int, high: int) -> Iterator[bytes]:
    try:
        handle = os.open(segment.path, os.O_RDONLY)
    except FileNotFoundError:
        raise OffsetError(f"offset {low} is not kept any more") from None
    try:
        while low < high:
            chunk = os.pread(handle, min(CHUNK_BYTES, high - low), low - segment.start)
            if not chunk:
                raise damage(segment.path, "is shorter than what was committed to it")
            yield chunk
            low += len(chunk)
    finally:
        os.close(handle)
