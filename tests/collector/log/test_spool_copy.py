"""The part of a spool for a backup: what is needed, whole records only, and never with a hole."""

from pathlib import Path

import pytest

from collector.log import LogCorruptionError
from collector.log.spool_copy import SpoolPart, spool_part
from tests.collector.log.test_spool import LONG_AGO, add, open_spool
from tests.collector.made_up import NOON, steady

POSTS = 10
SEGMENTS = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A spool of five segments with ten posts each."""
    spool = open_spool(tmp_path, segment_bytes=1)
    for number in range(SEGMENTS):
        add(spool, steady(POSTS, start=100 * number))
    spool.close()
    return spool.folder


def starts(part: SpoolPart) -> list[int]:
    return [part.segment.start for part in part.segments]


def test_everything_belongs_to_it_if_nothing_is_counted(folder):
    part = spool_part(folder, None, 0)
    assert len(part.segments) == SEGMENTS
    assert part.commit.counts.posts == SEGMENTS * POSTS
    assert sum(segment.size for segment in part.segments) == part.commit.end


def test_segments_that_are_counted_and_too_old_to_find_duplicates_are_left_out(folder):
    every = starts(spool_part(folder, None, 0))
    assert starts(spool_part(folder, every[3], 0)) == every[3:]
    assert starts(spool_part(folder, every[3] - 1, 0)) == every[2:]
    end = spool_part(folder, None, 0).commit.end
    assert starts(spool_part(folder, end, 0)) == every[4:]
    assert starts(spool_part(folder, end, POSTS)) == every[4:]
    assert starts(spool_part(folder, end, POSTS + 1)) == every[3:]


def test_a_spool_that_has_lost_what_is_needed_is_no_part(folder):
    first, second, *_ = starts(spool_part(folder, None, 0))
    for suffix in ("ndjson", "commits"):
        (folder / f"{first:020d}.{suffix}").unlink()
    assert starts(spool_part(folder, second, 1_000))[0] == second
    with pytest.raises(FileNotFoundError):
        spool_part(folder, second - 1, 0)


def test_only_whole_records_count(folder):
    before = spool_part(folder, None, 0)
    last = max(folder.glob("*.commits"))
    last.write_bytes(last.read_bytes() + b"00000000 [12")
    with last.with_suffix(".ndjson").open("ab") as segment:
        segment.write(b'{"id":"torn')
    after = spool_part(folder, None, 0)
    assert after.commit == before.commit
    assert after.segments[-1][1:] == before.segments[-1][1:]


def test_a_segment_that_is_just_created_or_has_no_bytes_does_not_matter(folder):
    before = spool_part(folder, None, 0).commit
    for suffix in ("ndjson", "commits"):
        (folder / f"{before.end:020d}.{suffix}").touch()
    assert spool_part(folder, None, 0).commit == before


def test_hours_with_only_drops_are_part_of_it(tmp_path):
    spool = open_spool(tmp_path)
    spool.append([], {"untracked": 3})
    spool.commit({"at": 1}, 0, NOON, LONG_AGO)
    part = spool_part(spool.folder, 0, 0)
    assert (part.commit.counts.dropped, part.segments[0].size) == ({"untracked": 3}, 0)
    spool.close()


def test_an_empty_spool_has_no_part(tmp_path):
    open_spool(tmp_path).close()
    assert spool_part(tmp_path / "spool", None, 0) is None


def test_damage_is_an_error_with_the_command_that_recovers(folder):
    last = max(folder.glob("*.ndjson"))
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.raises(LogCorruptionError, match="is shorter than what was committed"):
        spool_part(folder, None, 0)
