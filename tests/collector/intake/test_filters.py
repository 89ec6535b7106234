"""The window of duplicates: its ids, which the spool alone defines."""

import pytest

from collector.intake.filters import Duplicates, read_duplicates
from collector.log import LogCorruptionError
from tests.collector.log.test_spool import add, open_spool
from tests.collector.made_up import steady


@pytest.fixture(autouse=True)
def short_generations(monkeypatch):
    monkeypatch.setattr("collector.intake.filters.GENERATION", 10)


def known(duplicates: Duplicates, count: int) -> list[int]:
    """The posts so far that would be dropped. This does not change the window."""
    return [i for i in range(count) if f"t:{i}" in duplicates._newer or f"t:{i}" in duplicates._older]


def test_a_post_that_comes_again_is_dropped_within_a_batch_and_across_batches():
    duplicates = Duplicates(0)
    assert duplicates.without_duplicates([*steady(3), *steady(2)]) == steady(3)
    assert duplicates.without_duplicates(steady(5)) == steady(5)[3:]


def test_the_window_has_the_current_and_the_previous_generation():
    duplicates = Duplicates(0)
    for count, first in ((9, 0), (10, 0), (19, 0), (20, 10), (29, 10), (30, 20)):
        duplicates.without_duplicates(steady(count)[first:])
        assert known(duplicates, count) == list(range(first, count))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25, 40])
@pytest.mark.parametrize("batch", [1, 7])
def test_the_window_read_from_the_spool_is_the_same(tmp_path, monkeypatch, count, batch):
    monkeypatch.setattr("collector.log.segment.CHUNK_BYTES", 100)
    spool = open_spool(tmp_path, segment_bytes=300)
    duplicates = Duplicates(0)
    posts = steady(count)
    for start in range(0, count, batch):
        add(spool, duplicates.without_duplicates(posts[start : start + batch]))
    again = read_duplicates(spool)
    assert (again._newer, again._older, again._room) == (duplicates._newer, duplicates._older, duplicates._room)
    spool.close()


def test_a_spool_line_that_is_not_a_post_is_damage(tmp_path):
    spool = open_spool(tmp_path, segment_bytes=300)
    for i in range(4):
        add(spool, steady(3, start=10 * i))
    damaged = spool._segments[2].path
    damaged.write_bytes(damaged.read_bytes().replace(b'{"id"', b'["id"', 1))
    with pytest.raises(LogCorruptionError, match=f"{damaged.name} has a damaged line"):
        read_duplicates(spool)
