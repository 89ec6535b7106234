"""A recording, plain, .gz or .zst -> its lines, in blocks of bounded size that know their offsets."""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

import zstandard

from contract.post import MAX_LINE_BYTES

BLOCK_BYTES = 256 * 1024
_FINGERPRINT_BYTES = 1024 * 1024
_NAME_CHARACTERS = 60


class RecordingError(Exception):
    """The recording cannot be read further. The message is one line that names the file."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines, and where they lie: [``start``, ``end``) in uncompressed bytes.

    A line longer than MAX_LINE_BYTES may be cut short, but not to MAX_LINE_BYTES or less, and is
    then the only one of its block.
    """

    lines: list[bytes]
    start: int
    end: int


class Recording:
    """An open recording, read once from an offset to its end."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        """Open the file at ``offset`` of its uncompressed bytes.

        Raises:
            OSError: it cannot be opened.
        """
        self._path = path
        self._raw = path.open("rb")
        self._size = max(1, path.stat().st_size)
        self._stream = _decompressed(path, self._raw)
        self._offset = offset

    def __enter__(self) -> "Recording":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._raw.close()

    @property
    def percent(self) -> float:
        """How much of the file's bytes is read."""
        return 100 * self._raw.tell() / self._size

    def blocks(self) -> Iterator[Block]:
        """Yield the rest of the file; inside an over-long line, blocks without lines.

        Raises:
            RecordingError: the file is damaged or went away.
        """
        try:
            self._stream.seek(self._offset)
            yield from self._blocks()
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise RecordingError(f"{self._path} cannot be read further: {error}") from error

    def _blocks(self) -> Iterator[Block]:
        begun = b""
        cut = 0
        while data := self._stream.read(BLOCK_BYTES):
            if len(begun) > MAX_LINE_BYTES:
                more, newline, data = data.partition(b"\n")
                cut += len(more)
                if not newline:
                    yield self._block([], 0)
                    continue
                yield self._block([begun], len(begun) + cut + 1)
                begun, cut = b"", 0
            head, newline, begun = (begun + data).rpartition(b"\n")
            if newline:
                yield self._block(head.split(b"\n"), len(head) + 1)
        if begun:
            yield self._block([begun], len(begun) + cut)

    def _block(self, lines: list[bytes], size: int) -> Block:
        start = self._offset
        self._offset += size
        return Block(lines, start, self._offset)


def recording_name(path: Path) -> str:
    """Return a name for a recording's content: its file's name and a fingerprint, safe in paths and keys.

    Raises:
        OSError: the file cannot be read.
    """
    stem = re.sub(r"(\.(ndjson|jsonl|json|gz|zst))+$", "", path.name.lower())
    with path.open("rb") as file:
        checksum = zlib.crc32(file.read(_FINGERPRINT_BYTES))
        size = file.seek(0, 2)
        file.seek(max(0, size - _FINGERPRINT_BYTES))
        checksum = zlib.crc32(file.read(_FINGERPRINT_BYTES) + str(size).encode(), checksum)
    safe_stem = re.sub(r"[^a-z0-9_.-]", "-", stem)[:_NAME_CHARACTERS]
    return f"{safe_stem}-{checksum:08x}"


def _decompressed(path: Path, raw: BinaryIO) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    if path.suffix == ".zst":
        return cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=False))
    return raw
