from pathlib import Path

from streaming.checkpoint import committed_batch, committed_offset


def test_a_new_checkpoint_has_no_batch(tmp_path: Path):
    assert committed_batch(tmp_path / "missing") is None
    assert committed_offset(tmp_path) is None


def test_the_last_commit_counts_not_the_last_offset(tmp_path: Path):
    for folder in ("commits", "offsets"):
        (tmp_path / folder).mkdir()
    for batch, offset in ((9, 100), (10, 250), (11, 400)):
        (tmp_path / "offsets" / str(batch)).write_text(f'v1\n{{"batchTimestampMs":1}}\n{{"offset": {offset}}}')
    for batch in (9, 10):
        (tmp_path / "commits" / str(batch)).write_text("v1\n{}")
    (tmp_path / "commits" / ".11.crc").write_text("")
    assert committed_batch(tmp_path) == 10
    assert committed_offset(tmp_path) == 250
