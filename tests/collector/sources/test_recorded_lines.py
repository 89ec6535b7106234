"""Recordings of every kind -> lines, with bounded memory and exact offsets."""

import gzip
import random
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from collector.sources.recorded_lines import Recording, RecordingError, recording_name
from contract.post import MAX_LINE_BYTES

CONTENT = b"one\n\ntwo\r\nthree"


def written(path: Path, content: bytes) -> Path:
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
    path = written(tmp_path / name, CONTENT)
    assert lines(path) == [b"one", b"", b"two\r", b"three"]
    assert lines(path, 5) == [b"two\r", b"three"]
    assert lines(path, len(CONTENT)) == []


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"])
def test_blocks_join_without_a_gap_and_end_where_the_file_ends(tmp_path, name):
    content = b"".join(b'{"number":%d}\n' % i for i in range(100_000))
    path = written(tmp_path / name, content)
    with Recording(path) as recording:
        blocks = list(recording.blocks())
        assert recording.percent == 100
    assert len(blocks) > 3
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    assert blocks[-1].end == len(content)
    assert all(content[block.start : block.end].splitlines() == block.lines for block in blocks)


def test_a_line_longer_than_memory_should_hold_is_cut_and_the_next_one_is_whole(tmp_path):
    content = b"first\n" + b"x" * 30_000_000 + b"\nlast\n"
    path = written(tmp_path / "long.ndjson.gz", content)
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
    path = written(tmp_path / name, random.Random(1).randbytes(1_000_000))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    with pytest.raises(RecordingError, match=name):
        lines(path)


def test_a_name_is_safe_and_follows_the_content(tmp_path):
    path = written(tmp_path / "My Posts: día.ndjson.gz", CONTENT)
    name = recording_name(path)
    assert name.startswith("my-posts--d-a-")
    assert recording_name(path) == name
    assert recording_name(written(tmp_path / "My Posts: día.ndjson.gz", CONTENT + b"x")) != name
