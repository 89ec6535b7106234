"""A recording, plain, .gz or .zst -> its lines, in blocks of bounded size that know their offsets.

A line is one JSON text: a line of the file, or one object if the file is an array or has objects over many lines.
A wrong kind of file, compression or encoding is found before anything is read. Damage further on is reported after
everything before it has been yielded.
"""

import re
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import zstandard

from collector.sources.json_objects import MAX_OBJECT_BYTES, ObjectSplitter, is_over_lines
from contract.post import MAX_LINE_BYTES

HEAD_BYTES = 64 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PIECE_BYTES = 64 * 1024
# So small a piece of zstd data unpacks to at most 16 MiB, however well it is compressed.
_ZSTD_PIECE_BYTES = 512
_FINGERPRINT_BYTES = 1024 * 1024
_NAME_CHARACTERS = 60

_GZIP, _ZSTD = "gzip", "zstd"
_ENDINGS = {".gz": _GZIP, ".zst": _ZSTD, ".bz2": "bzip2", ".xz": "xz", ".zip": "zip", ".7z": "7z", ".lz4": "lz4"}
_MAGIC = {
    re.compile(rb"\x1f\x8b"): _GZIP,
    re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"): _ZSTD,
    re.compile(rb"BZh"): "bzip2",
    re.compile(rb"\xfd7zXZ\x00"): "xz",
    re.compile(rb"PK\x03\x04|PK\x05\x06"): "zip",
    re.compile(rb"7z\xbc\xaf\x27\x1c"): "7z",
    re.compile(rb"\x04\x22\x4d\x18"): "lz4",
}
_UTF_32 = re.compile(rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff|[^\x00]\x00\x00\x00[^\x00]\x00\x00\x00")
_UTF_16 = re.compile(rb"\xff\xfe|\xfe\xff|[^\x00]\x00[^\x00]\x00|\x00[^\x00]\x00[^\x00]")


class RecordingError(Exception):
    """The recording cannot be read, or not to its end. The message is one line that names the file, not its folder."""


class TrailingGarbageError(RecordingError):
    """The recording is read to its end, and garbage follows it in the file."""


class RecordedBytes:
    """An open file of posts."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            OSError: it cannot be opened.
            RecordingError: it is not a file of posts.
        """
        self.name = path.name
        self._raw = open_regular(path)
        try:
            self._size = max(1, path.stat().st_size)
            self._packed = _checked_compression(path.name, self._raw.read(16))
            self.head = self._read_head()
            _check_text(path.name, self.head)
        except BaseException:
            self._raw.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._raw.close()

    @property
    def percent(self) -> float:
        """The percentage of the file's bytes that is read."""
        return 100 * self._raw.tell() / self._size

    def pieces(self, offset: int, size: int) -> Iterator[bytes]:
        """Yield the uncompressed bytes after ``offset``, in pieces of about ``size`` bytes.

        Raises:
            RecordingError: the file is damaged, truncated or has disappeared. All readable bytes came first.
        """
        try:
            if self._packed:
                self._raw.seek(0)
                unpacked = self._gunzipped(size) if self._packed == _GZIP else self._unzstd(size)
                yield from _from(unpacked, offset)
            else:
                self._raw.seek(offset)
                yield from iter(partial(self._raw.read, size), b"")
        except OSError as error:
            raise self._failed(error.strerror or type(error).__name__) from error

    def _read_head(self) -> bytes:
        head = b""
        try:
            for piece in self.pieces(0, HEAD_BYTES):
                head += piece
                if len(head) >= HEAD_BYTES:
                    break
        except RecordingError:
            pass  # raised again when the file is read, after everything before it
        return head

    def _gunzipped(self, size: int) -> Iterator[bytes]:
        member = zlib.decompressobj(wbits=31)
        packed = self._raw.read(_PIECE_BYTES)
        while packed:
            before = member.copy()
            try:
                piece = member.decompress(packed, size)
            except zlib.error as error:
                yield _readable(before, packed)
                raise self._failed(f"its gzip data is damaged ({error})") from error
            yield piece
            packed = member.unconsumed_tail
            if member.eof:
                packed = member.unused_data or self._raw.read(_PIECE_BYTES)
                if not packed.rstrip(b"\0"):
                    return
                self._check_next(_GZIP, b"\x1f\x8b".startswith(packed[:2]))
                member = zlib.decompressobj(wbits=31)
            packed = packed or self._raw.read(_PIECE_BYTES)
        if rest := member.flush():
            yield rest
        if not member.eof:
            raise self._failed("its gzip data is cut off")

    def _unzstd(self, size: int) -> Iterator[bytes]:
        frame = zstandard.ZstdDecompressor().decompressobj()
        packed = self._raw.read(_ZSTD_PIECE_BYTES)
        unpacked = bytearray()
        is_begun = True
        while packed:
            try:
                unpacked += frame.decompress(packed)
            except zstandard.ZstdError as error:
                yield bytes(unpacked)
                raise self._failed(f"its zstd data is damaged ({error})") from error
            if len(unpacked) >= size:
                yield bytes(unpacked)
                unpacked.clear()
            packed, is_begun = self._raw.read(_ZSTD_PIECE_BYTES), True
            if frame.eof:
                packed, is_begun = frame.unused_data + packed, False
                yield bytes(unpacked)
                unpacked.clear()
                self._check_next(_ZSTD, not packed or _is_zstd(packed))
                frame = zstandard.ZstdDecompressor().decompressobj()
        yield bytes(unpacked)
        if is_begun:
            raise self._failed("its zstd data is cut off")

    def _check_next(self, kind: str, is_next: bool) -> None:
        if not is_next:
            raise TrailingGarbageError(f"{self.name} is read to the end of its {kind} data: garbage follows")

    def _failed(self, reason: str) -> RecordingError:
        return RecordingError(f"{self.name} cannot be read further: {reason}")


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading, but only a regular one: to open a pipe may block without end.

    Raises:
        OSError: it does not exist or cannot be opened.
        RecordingError: it is no regular file.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise RecordingError(f"{path.name} is {kind}: give a file of posts")
    return path.open("rb")


def recording_name(path: Path) -> str:
    """Return a name for the content of a recording: its file name and a fingerprint, safe in paths and keys.

    Raises:
        OSError: the file cannot be read.
        RecordingError: it is no regular file.
    """
    stem = re.sub(r"(\.(ndjson|jsonl|json|gz|zst))+$", "", path.name.lower())
    with open_regular(path) as file:
        checksum = zlib.crc32(file.read(_FINGERPRINT_BYTES))
        size = file.seek(0, 2)
        file.seek(max(0, size - _FINGERPRINT_BYTES))
        checksum = zlib.crc32(file.read(_FINGERPRINT_BYTES) + str(size).encode(), checksum)
    safe_stem = re.sub(r"[^a-z0-9_.-]", "-", stem)[:_NAME_CHARACTERS]
    return f"{safe_stem}-{checksum:08x}"


def _checked_compression(name: str, head: bytes) -> str:
    """Return the compression of a file, empty if there is none.

    Raises:
        RecordingError: the file name contradicts it, or it is not supported.
    """
    packed = next((kind for magic, kind in _MAGIC.items() if magic.match(head)), "")
    ending = Path(name).suffix.lower()
    named = _ENDINGS.get(ending, "")
    if not head or (named == packed and packed in ("", _GZIP, _ZSTD)):
        return packed
    if packed not in ("", _GZIP, _ZSTD):
        raise RecordingError(f"{name} is compressed with {packed}: unpack it, or compress it as .gz or .zst")
    if packed:
        right = next(ending for ending, kind in _ENDINGS.items() if kind == packed)
        raise RecordingError(f"{name} is compressed with {packed}, which its name does not say: let it end in {right}")
    if named in (_GZIP, _ZSTD) and any(magic.startswith(head) for magic in (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")):
        return named
    raise RecordingError(f"{name} is not compressed with {named}, though its name says so: let it not end in {ending}")


def _check_text(name: str, head: bytes) -> None:
    for pattern, encoding in ((_UTF_32, "UTF-32"), (_UTF_16, "UTF-16")):
        if pattern.match(head):
            raise RecordingError(f"{name} is {encoding}: convert it with iconv -f {encoding} -t UTF-8")
    if head[257:262] == b"ustar":
        raise RecordingError(f"{name} is a tar archive: unpack it")


def _is_zstd(packed: bytes) -> bool:
    return b"\x28\xb5\x2f\xfd".startswith(packed[:4]) or packed[1:4] == b"\x2a\x4d\x18"


def _readable(member: "zlib._Decompress", packed: bytes) -> bytes:
    """Return the unpacked bytes up to the damage."""
    unpacked = bytearray()
    try:
        for byte in range(len(packed)):
            unpacked += member.decompress(packed[byte : byte + 1])
    except zlib.error:
        pass
    return bytes(unpacked)


def _from(pieces: Iterator[bytes], offset: int) -> Iterator[bytes]:
    for piece in pieces:
        if offset < len(piece):
            yield piece[offset:]
        offset = max(0, offset - len(piece))


BLOCK_BYTES = 256 * 1024
PROGRESS_SECONDS = 5.0
"""Between two reports of the progress of reading a recording."""

_CUT_BYTES = 2 * MAX_LINE_BYTES


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines, and their range [``start``, ``end``) in uncompressed bytes.

    A line that is too long may be truncated, but it stays longer than MAX_LINE_BYTES. ``object_ends`` are the offsets
    after each object, if the lines are objects.
    """

    lines: list[bytes]
    start: int
    end: int
    object_ends: list[int] = field(default_factory=list)

    @property
    def line_ends(self) -> list[int]:
        """The offset after each line."""
        return self.object_ends or list(accumulate((len(line) + 1 for line in self.lines), initial=self.start))[1:]


class Recording:
    """An open recording, read once from an offset to its end."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        """Open the file at ``offset`` in uncompressed bytes, where a line begins.

        Raises:
            OSError: it cannot be opened.
            RecordingError: it is not a file of posts.
        """
        self._bytes = RecordedBytes(path)
        mark = len(BYTE_ORDER_MARK) if self._bytes.head.startswith(BYTE_ORDER_MARK) else 0
        self._is_over_lines = is_over_lines(self._bytes.head[mark:])
        self._offset = max(offset, mark)

    def __enter__(self) -> "Recording":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bytes.close()

    @property
    def percent(self) -> float:
        """The percentage of the file's bytes that is read."""
        return self._bytes.percent

    def blocks(self) -> Iterator[Block]:
        """Yield the rest of the file. Inside long lines, yield blocks without lines.

        Raises:
            RecordingError: the file is damaged, truncated or has disappeared. All lines before that came first.
        """
        failures: list[RecordingError] = []
        pieces = _ended(self._bytes.pieces(self._offset, BLOCK_BYTES), failures)
        yield from self._objects(pieces) if self._is_over_lines else self._lines(pieces)
        if failures:
            raise failures[0]

    def _lines(self, pieces: Iterator[bytes]) -> Iterator[Block]:
        begun: list[bytes] = []
        size = 0
        is_cut = False
        for piece in pieces:
            data = piece
            if is_cut:
                more, newline, data = piece.partition(b"\n")
                size += len(more)
                if not newline:
                    yield self._block([], 0)
                    continue
                yield self._block(begun, size + 1)
                begun, size, is_cut = [], 0, False
            head, newline, rest = data.rpartition(b"\n")
            if newline:
                yield self._block(b"".join([*begun, head]).split(b"\n"), size + len(head) + 1)
                begun, size = [], 0
            if rest:
                begun.append(rest)
                size += len(rest)
            if size > MAX_LINE_BYTES and size > _bound(begun[0]):
                begun, is_cut = [b"".join(begun)[:_CUT_BYTES]], True
        if begun:
            yield self._block([b"".join(begun)], size)

    def _objects(self, pieces: Iterator[bytes]) -> Iterator[Block]:
        splitter = ObjectSplitter(self._offset)
        for piece in pieces:
            yield self._object_block(splitter.feed(piece))
        yield self._object_block(splitter.finish())

    def _object_block(self, found: list[tuple[bytes, int]]) -> Block:
        ends = [end for _, end in found]
        size = ends[-1] - self._offset if ends else 0
        block = self._block([text for text, _ in found], size)
        return Block(block.lines, block.start, block.end, ends)

    def _block(self, lines: list[bytes], size: int) -> Block:
        start = self._offset
        self._offset += size
        return Block(lines, start, self._offset)


def _bound(beginning: bytes) -> int:
    """Return the longest length of a line with this beginning: JSON may be a page of many posts."""
    return MAX_OBJECT_BYTES if beginning.lstrip()[:1] in (b"{", b"[") else MAX_LINE_BYTES


def _ended(pieces: Iterator[bytes], failures: list[RecordingError]) -> Iterator[bytes]:
    """Yield the pieces up to a failure, and add the failure to ``failures``."""
    try:
        yield from pieces
    except RecordingError as error:
        failures.append(error)
