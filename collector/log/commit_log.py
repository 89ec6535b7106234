"""The commit log of a segment: the state of the stream each time its bytes became durable.

It has one record a line: the CRC-32 of its JSON in hex, a space, the JSON. A torn last record does not count: its
commit never happened.
"""

import shlex
from pathlib import Path
from zlib import crc32

import msgspec

from collector.log import Commit, LogCorruptionError
from contract.files import counts_folder, data_dir_of

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Commit)


def encode_commit(commit: Commit) -> bytes:
    """Return a commit as a line."""
    body = _encoder.encode(commit)
    return b"%08x %s\n" % (crc32(body), body)


def read_commits(path: Path) -> tuple[list[Commit], int]:
    """Return the commits of a file, and the number of its bytes in whole records. The rest is torn.

    Raises:
        LogCorruptionError: a record is damaged.
    """
    return decode_commits(path, path.read_bytes())


def decode_commits(path: Path, content: bytes) -> tuple[list[Commit], int]:
    """Return the commits in the content of the file at ``path``, and the number of bytes in whole records.

    Raises:
        LogCorruptionError: a record is damaged.
    """
    lines = content.splitlines(keepends=True)
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


def damage(path: Path, what: str) -> LogCorruptionError:
    """Return the error for a damaged file of a spool: one line with the command that begins the source anew.

    The command removes the counts as well, since their offsets belong to the damaged stream.
    """
    spool = path.parent
    counts = counts_folder(data_dir_of(spool), spool.name)
    moved, removed = shlex.join([str(spool), f"{spool}.damaged"]), shlex.quote(str(counts))
    return LogCorruptionError(
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
    """Return whether a crash left this last line: without a newline, or with zeros of a page that was not written."""
    return not line.endswith(b"\n") or b"\0" in line
