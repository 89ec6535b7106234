from datetime import date, timedelta
from pathlib import Path

import pytest

from streaming.state.count import Count
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE, CountsFile, Position, checkpoint_wal
from tests.streaming.fake_counts import DAY, NEXT, NOON, Place, by_key

TEA, MILK = Place(DAY, "*", "tea"), Place(NEXT, "en", "milk")
AT_NOON = Position(100, NOON, DAY)
LATER = Position(200, NOON + timedelta(hours=1), DAY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts" / "test" / COUNTS_FILE


@pytest.fixture
def file(path: Path) -> CountsFile:
    return CountsFile(path)


def test_a_snapshot_sees_one_moment_while_counting_continues(file, path):
    file.commit(by_key([(TEA, Count(3)), (MILK, Count(1))]), AT_NOON)
    with Snapshot(path) as snapshot:
        file.commit(by_key([(TEA, Count(9)), (Place(DAY, "en", "new"), Count(1))]), LATER)
        file.delete_some(NEXT)
        checkpoint_wal(path)
        assert snapshot.position == AT_NOON
        assert (snapshot.days(), snapshot.languages(DAY)) == ([DAY, NEXT], ["*"])
        assert (snapshot.count(*TEA), list(snapshot.counts(DAY, "*"))) == (Count(3), [("tea", Count(3))])
    with Snapshot(path) as later:
        assert (later.position, later.days(), later.count(*MILK)) == (LATER, [NEXT], Count(1))


def test_a_snapshot_yields_counts_by_key_and_by_rank_all_posts_first(file, path):
    tags = [("b", 2), ("é", 1), ("a", 2), ("c", 3), ("", 1)]
    others = [(Place(DAY, "en", "x"), Count(1)), (MILK, Count(1)), (Place(NEXT, "de", "x"), Count(1))]
    file.commit(by_key([*((Place(DAY, "*", key), Count(posts)) for key, posts in tags), *others]), AT_NOON)
    with Snapshot(path) as snapshot:
        assert snapshot.days() == [DAY, NEXT]
        assert (snapshot.languages(DAY), snapshot.languages(NEXT)) == (["*", "en"], ["de", "en"])
        assert [key for key, _ in snapshot.counts(DAY, "*")] == ["", "a", "b", "c", "é"]
        assert [key for key, _ in snapshot.ranked_counts(DAY, "*")] == ["", "c", "a", "b", "é"]
        assert snapshot.count(DAY, "*", "none") == Count()
        assert list(snapshot.counts(date(2026, 1, 1), "*")) == []
