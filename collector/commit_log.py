"""A segment's commit log: what was true of the stream each time its bytes were made durable.

One record a line: the CRC-32 of its JSON in hex, a space, the JSON. A record counts once it is
whole; a torn last one never happened.
"""

import shlex
from datetime import date, datetime
from pathlib import Path
from zlib import crc32

import msgspec

from collector.sources.source import Cursor
from contract.data_folders import counts_folder, data_dir_of
from contract.socket_protocol import DaySpan


class SpoolCorruptionError(RuntimeError):
    """The spool's own files contradict each other. The message is that of :func:`damage`."""


class Counts(msgspec.Struct, array_like=True, frozen=True):
    """What is in the stream since it began, and what was dropped, by reason."""

    posts: int = 0
    tagged: int = 0
    dropped: dict[str, int] = {}


class Commit(msgspec.Struct, array_like=True, frozen=True):
    """The whole state of a stream at one commit.

    ``end`` is the offset after the last byte; ``crc`` the CRC-32 of the bytes since the commit
    before in the same segment; ``skip`` how many posts after ``cursor`` are in the stream or
    dropped already; nothing below ``released`` is needed by the reader any more.
    """

    end: int = 0
    crc: int = 0
    cursor: Cursor = None
    skip: int = 0
    clock: datetime | None = None
    days: dict[date, DaySpan] = {}
    released: int = 0
    counts: Counts = Counts()


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Commit)


def encode_commit(commit: Commit) -> bytes:
    """Return the record's line."""
    body = _encoder.encode(commit)
    return b"%08x %s\n" % (crc32(body), body)


def read_commits(path: Path) -> tuple[list[Commit], int]:
    """Return a log's records, and how many of its bytes are whole records; what follows is torn.

    Raises:
        SpoolCorruptionError: a record is damaged.
    """
    lines = path.read_bytes().splitlines(keepends=True)
    commits: list[Commit] = []
    size = 0
    for number, line in enumerate(lines, start=1):
        commit = _decode(line)
        if commit is None:
            if number == len(lines) and _is_torn(line):
                break
            raise damage(path, f"is damaged at line {number}")
        commits.append(commit)
        size += len(line)
    return commits, size


def damage(path: Path, what: str) -> SpoolCorruptionError:
    """Return the error for a file of a spool: one line with the command that begins the source anew.

    The counts go as well: they speak of offsets of the stream that is given up.
    """
    spool = path.parent
    counts = counts_folder(data_dir_of(spool), spool.name)
    moved, removed = shlex.join([str(spool), f"{spool}.damaged"]), shlex.quote(str(counts))
    return SpoolCorruptionError(
        f"{path} {what}: restore {spool.name} from a backup, or stop Trendsite and let this source begin anew: "
        f"mv {moved} && rm -rf {removed}"
    )


def _decode(line: bytes) -> Commit | None:
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % crc32(body):
        return None
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        return None


def _is_torn(line: bytes) -> bool:
    """Return whether a last line is one that a crash left: not ended, or with zeros where a page was not written."""
    return not line.endswith(b"\n") or b"\0" in line
