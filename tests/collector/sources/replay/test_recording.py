"""A problem with a file is one line, and everything before it counts."""

import bz2
import gzip
import io
import lzma
import os
import random
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import zstandard

from collector.sources.replay.recording import Recording, RecordingError, TrailingGarbageError, recording_name
from collector.sources.replay.source import why_unreadable
from contract.post import MAX_LINE_BYTES

LINES = b"".join(b'{"number":%d}\n' % number for number in range(50_000))


def zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(content)


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("day.ndjson", content)
    return file.getvalue()


def tar(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo("day.ndjson")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def read(path: Path) -> tuple[bytes, str]:
    """The lines that could be read, and the problem after them."""
    lines: list[bytes] = []
    message = ""
    try:
        with Recording(path) as recording:
            for block in recording.blocks():
                lines += block.lines
    except RecordingError as error:
        message = str(error)
    assert str(path.parent) not in message
    return b"\n".join(lines), message


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("day.ndjson", gzip.compress(LINES), "day.ndjson is compressed with gzip, which its name does not say"),
        ("day.ndjson", zstd(LINES), "let it end in .zst"),
        ("day.zst", gzip.compress(LINES), "let it end in .gz"),
        ("day.gz", zstd(LINES), "let it end in .zst"),
        ("day.gz", LINES, "day.gz is not compressed with gzip, though its name says so: let it not end in .gz"),
        ("day.zst", LINES, "is not compressed with zstd"),
        ("day.bz2", LINES, "is not compressed with bzip2"),
        ("day.ndjson", bz2.compress(LINES), "is compressed with bzip2: unpack it"),
        ("day.bz2", bz2.compress(LINES), "is compressed with bzip2: unpack it"),
        ("day.xz", lzma.compress(LINES), "is compressed with xz: unpack it"),
        ("day.zip", zipped(LINES), "is compressed with zip: unpack it"),
        ("day.ndjson", zipped(LINES), "is compressed with zip: unpack it"),
        ("day.tar", tar(LINES), "is a tar archive"),
        ("day.tar.gz", gzip.compress(tar(LINES)), "is a tar archive"),
        ("day.ndjson", LINES.decode().encode("utf-16"), "is UTF-16: convert it with iconv"),
        ("day.ndjson", LINES.decode().encode("utf-16-le"), "is UTF-16"),
        ("day.ndjson", LINES.decode().encode("utf-16-be"), "is UTF-16"),
        ("day.ndjson", LINES.decode().encode("utf-32"), "is UTF-32"),
        ("day.ndjson.gz", gzip.compress(LINES.decode().encode("utf-16")), "is UTF-16"),
    ],
)
def test_a_file_of_another_kind_is_named_in_one_line(tmp_path, name, content, words):
    lines, error = read(written(tmp_path / name, content))
    assert lines == b""
    assert words in error
    assert "\n" not in error


def test_file_endings_may_be_in_capitals(tmp_path):
    assert read(written(tmp_path / "DAY.NDJSON.GZ", gzip.compress(LINES))) == (LINES.removesuffix(b"\n"), "")


@pytest.mark.parametrize("name", ["day.ndjson", "day.gz", "day.zst"])
def test_an_empty_file_is_empty_whatever_its_name(tmp_path, name):
    path = written(tmp_path / name, b"")
    assert read(path) == (b"", "")
    assert why_unreadable(path) == f"{name} is empty"


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_posts_before_a_cut_count(tmp_path, pack):
    ending = ".gz" if pack is gzip.compress else ".zst"
    for share in (0.3, 0.7, 0.99):
        packed = pack(LINES)
        lines, error = read(written(tmp_path / f"day{ending}", packed[: int(len(packed) * share)]))
        assert LINES.startswith(lines)
        assert len(lines) > len(LINES) * (share - 0.4)
        assert "data is cut off" in error


def test_all_readable_posts_of_damaged_gzip_data_count(tmp_path):
    packed = bytearray(gzip.compress(LINES))
    packed[-8:-4] = b"\0\0\0\0"  # the checksum
    lines, error = read(written(tmp_path / "day.gz", bytes(packed)))
    assert lines == LINES.removesuffix(b"\n")
    assert "gzip data is damaged" in error


@pytest.mark.parametrize(("name", "pack"), [("day.gz", gzip.compress), ("day.zst", zstd)])
def test_trailing_garbage_is_reported_and_loses_nothing(tmp_path, name, pack):
    path = written(tmp_path / name, pack(LINES) + b"garbage")
    assert read(path) == (
        LINES.removesuffix(b"\n"),
        f"{name} is read to the end of its {_kind(name)} data: garbage follows",
    )
    with Recording(path) as recording, pytest.raises(TrailingGarbageError):
        list(recording.blocks())


def _kind(name: str) -> str:
    return "gzip" if name.endswith("gz") else "zstd"


def test_several_compressed_parts_are_one_file_and_padding_is_ignored(tmp_path):
    half = len(LINES) // 2
    for name, pack in (("day.gz", gzip.compress), ("day.zst", zstd)):
        parts = pack(LINES[:half]) + pack(b"") + pack(LINES[half:])
        assert read(written(tmp_path / name, parts)) == (LINES.removesuffix(b"\n"), "")
    assert read(written(tmp_path / "day.gz", gzip.compress(LINES) + b"\0" * 512)) == (LINES.removesuffix(b"\n"), "")


def test_a_byte_order_mark_is_skipped_and_offsets_stay(tmp_path):
    path = written(tmp_path / "day.ndjson", b"\xef\xbb\xbf" + LINES)
    with Recording(path) as recording:
        blocks = list(recording.blocks())
    assert blocks[0].lines[0] == b'{"number":0}'
    assert blocks[-1].end == len(LINES) + 3
    with Recording(path, blocks[0].line_ends[0]) as recording:
        assert next(iter(recording.blocks())).lines[0] == b'{"number":1}'


def test_a_path_that_is_not_a_file_is_reported_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.ndjson")
    (tmp_path / "folder").mkdir()
    for name, words in (("pipe.ndjson", "is not a regular file"), ("folder", "is a folder")):
        with pytest.raises(RecordingError, match=words):
            recording_name(tmp_path / name)
        assert words in why_unreadable(tmp_path / name)
    assert why_unreadable(tmp_path / "no.ndjson") == "no.ndjson cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\n\n  \n", "is empty"),
        (b"id,created_at,lang,hashtags\n1,2026-03-04,en,tea\n", "the first line of day.ndjson is not JSON"),
        (b"\x00\x01\x02binary\xff\n", "is not JSON"),
        (b'[\n{"a":1}\n]', "has no key hashtags"),
        (b"[]", "is empty"),
    ],
)
def test_a_file_without_posts_explains_its_first_line(tmp_path, content, words):
    assert words in why_unreadable(written(tmp_path / "day.ndjson", content))


CONTENT = b"one\n\ntwo\r\nthree"


def packed_file(path: Path, content: bytes) -> Path:
    if path.suffix == ".gz":
        content = gzip.compress(content)
    if path.suffix == ".zst":
        content = zstandard.ZstdCompressor().compress(content)
    path.write_bytes(content)
    return path


def lines(path: Path, offset: int = 0) -> list[bytes]:
    with Recording(path, offset) as recording:
        return [line for block in recording.blocks() for line in block.lines]


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"])
def test_plain_and_compressed_files_read_the_same_from_any_line(tmp_path, name):
    path = packed_file(tmp_path / name, CONTENT)
    assert lines(path) == [b"one", b"", b"two\r", b"three"]
    assert lines(path, 5) == [b"two\r", b"three"]
    assert lines(path, len(CONTENT)) == []


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"])
def test_blocks_join_without_a_gap_and_end_where_the_file_ends(tmp_path, name):
    content = b"".join(b'{"number":%d}\n' % i for i in range(100_000))
    path = packed_file(tmp_path / name, content)
    with Recording(path) as recording:
        blocks = list(recording.blocks())
        assert recording.percent == 100
    assert len(blocks) > 3
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    assert blocks[-1].end == len(content)
    assert all(content[block.start : block.end].splitlines() == block.lines for block in blocks)


def test_a_line_that_is_too_long_is_truncated_and_the_next_one_is_whole(tmp_path):
    content = b"first\n" + b"x" * 30_000_000 + b"\nlast\n"
    path = packed_file(tmp_path / "long.ndjson.gz", content)
    del content
    tracemalloc.start()
    with Recording(path) as recording:
        blocks = [block for block in recording.blocks() if block.lines]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    first, long, last = [line for block in blocks for line in block.lines]
    assert (first, last) == (b"first", b"last")
    assert MAX_LINE_BYTES < len(long) < 1_000_000
    assert blocks[-1].start == 6 + 30_000_001
    assert peak < 4_000_000


@pytest.mark.parametrize("name", ["a.gz", "a.zst"])
def test_a_damaged_file_says_so_with_its_name(tmp_path, name):
    path = packed_file(tmp_path / name, random.Random(1).randbytes(1_000_000))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    with pytest.raises(RecordingError, match=name):
        lines(path)


def test_a_name_is_safe_and_follows_the_content(tmp_path):
    path = packed_file(tmp_path / "My Posts: día.ndjson.gz", CONTENT)
    name = recording_name(path)
    assert name.startswith("my-posts--d-a-")
    assert recording_name(path) == name
    assert recording_name(packed_file(tmp_path / "My Posts: día.ndjson.gz", CONTENT + b"x")) != name
