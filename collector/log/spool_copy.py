"""The part of a spool that a backup needs, found while its collector goes on writing."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from collector.log import Commit
from collector.log.commit_log import damage, decode_commits
from collector.log.segment import Segment, segments_by_name


class SegmentPart(NamedTuple):
    """The first ``size`` bytes of a segment, and the whole records of its commit log that describe them."""

    segment: Segment
    size: int
    log: bytes


@dataclass(frozen=True)
class SpoolPart:
    """The newest segments, the last one up to its latest ``commit``. A collector continues from a copy of them.

    The bytes of a segment only grow until the collector deletes it, so the sizes stay right.
    """

    commit: Commit
    segments: list[SegmentPart]


def spool_part(folder: Path, needed: int | None, posts: int) -> SpoolPart | None:
    """Return the part with the bytes from offset ``needed`` on and the latest ``posts`` posts, as far as they exist.

    Without ``needed``, return the whole spool.

    Returns:
        The part; None if the spool has no commit.

    Raises:
        FileNotFoundError: the collector began or deleted a segment meanwhile, perhaps a needed one. Call again, with
            what is needed then.
        LogCorruptionError: the spool is damaged.
    """
    parts: list[SegmentPart] = []
    last: Commit | None = None
    for segment in reversed(segments_by_name(folder)):
        # The log first: its records are written after the bytes that they describe.
        content = segment.log_path.read_bytes()
        commits, log_size = decode_commits(segment.log_path, content)
        if not commits:
            continue  # it is being created
        commit = commits[-1]
        last = last or commit
        is_needed = needed is None or commit.end > needed or commit.counts.posts > last.counts.posts - posts
        if parts and not is_needed:
            break  # this one and all before it are older than what is needed
        if segment.path.stat().st_size < commit.end - segment.start:
            raise damage(segment.path, "is shorter than what was committed to it")
        parts.append(SegmentPart(segment, commit.end - segment.start, content[:log_size]))
    if parts and needed is not None and parts[-1].segment.start > needed:
        raise FileNotFoundError(f"{folder} no longer has offset {needed}")
    return SpoolPart(last, parts[::-1]) if last else None
