import json
from pathlib import Path

import pytest

from streaming.checkpoint import (
    CheckpointError,
    before_beginning,
    beyond_end,
    committed_batch,
    committed_offset,
    damage_in,
    damaged,
)
from streaming.position import position


def write_checkpoint(folder: Path, commits: tuple[int, ...], **offsets: int) -> None:
    for name in ("commits", "offsets"):
        (folder / name).mkdir()
    for batch, offset in offsets.items():
        lines = f'v1\n{{"batchTimestampMs":1}}\n{json.dumps(position(offset))}'
        (folder / "offsets" / batch.removeprefix("b")).write_text(lines)
    for batch in commits:
        (folder / "commits" / str(batch)).write_text("v1\n{}")


def test_a_new_checkpoint_has_no_batch(tmp_path: Path):
    assert committed_batch(tmp_path / "missing") is None
    assert committed_offset(tmp_path) is None


def test_the_last_commit_counts_not_the_last_offset(tmp_path: Path):
    write_checkpoint(tmp_path, (9, 10), b9=100, b10=250, b11=400)
    (tmp_path / "commits" / ".11.crc").write_text("")
    assert committed_batch(tmp_path) == 10
    assert committed_offset(tmp_path) == 250


@pytest.mark.parametrize("content", [None, b"", b"v1\n{}", b"\0" * 200, b"v1\n{}\n7", b"v1\n{}\n\xff", b"v1\n{}\n{}"])
def test_a_damaged_file_of_offsets_is_told_with_the_command_that_recovers(tmp_path: Path, content: bytes | None):
    write_checkpoint(tmp_path, (3,), b3=100)
    file = tmp_path / "offsets" / "3"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"offsets/3: .*: rm -r {tmp_path}$") as raised:
        committed_offset(tmp_path)
    assert "\n" not in str(raised.value)


def test_every_digit_of_the_committed_offset_is_checked(tmp_path: Path):
    write_checkpoint(tmp_path, (3,), b3=1_234_567)
    file = tmp_path / "offsets" / "3"
    file.write_text(file.read_text().replace("1234567", "1234067"))
    with pytest.raises(CheckpointError, match="is damaged"):
        committed_offset(tmp_path)


def test_a_full_disk_is_no_damage():
    frames = "\n\tat org.apache.spark.sql.execution.streaming.state.RocksDB.commit(RocksDB.scala:1)"
    assert damage_in(OSError(f"While appending to x.log: No space left on device{frames}")) is None
    assert damage_in(OSError(f"Corruption: block checksum mismatch{frames}")) == "Spark fails in RocksDB"
    assert damage_in(ConnectionError("CollectorUnreachableError: no answer from the collector")) is None


def test_damage_is_found_in_the_cause_of_a_failure():
    failure = RuntimeError("the query ended")
    failure.__cause__ = ValueError("at org.apache.spark.sql.execution.streaming.checkpointing.OffsetSeqLog.read")
    assert damage_in(failure) == "Spark fails in streaming.checkpointing"


def test_each_message_is_one_line_with_commands_for_its_own_folders(tmp_path: Path):
    checkpoint = tmp_path / "my var" / "checkpoints" / "x" / "2026-11-22"
    var = f"'{tmp_path}/my var"
    message = str(damaged(checkpoint, "a\nb"))
    assert "is damaged (a b): stop Trendsite" in message
    assert message.endswith(f"counted again from the spool: rm -r {var}/checkpoints/x/2026-11-22'")
    assert str(beyond_end(checkpoint, 9, 5)).endswith(f": rm -r {var}/checkpoints/x/2026-11-22'")
    expected = f": mv {var}/spool/x' {var}/spool/x.incomplete' && rm -rf {var}/checkpoints/x'"
    assert str(before_beginning(checkpoint, 5, 9)).endswith(expected)
