import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import streaming.state.store
from streaming.aggregate.deltas import CountScope
from streaming.state.errors import GapError
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE, CountsFile, Position
from streaming.state.store import CountsStore
from tests.streaming.fake_counts import DAY, NEXT, NOON, Place, batch, by_place, tag, total

ROOT = Path(__file__).resolve().parents[3]
MIDNIGHT = NOON + timedelta(hours=12)
TODAY = CountScope(DAY, "*")
TEA, MILK = Place(DAY, "*", "tea"), Place(NEXT, "*", "milk")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts" / "test" / COUNTS_FILE


@pytest.fixture
def store(path: Path) -> CountsStore:
    store = CountsStore(path)
    store.begin(0, DAY)
    return store


def durable(path: Path) -> tuple[int, dict[Place, int]]:
    """The offset and the posts of each place in the file."""
    with Snapshot(path) as snapshot:
        return snapshot.position.offset, {
            Place(day, language, key): count.posts
            for day in snapshot.days()
            for language in snapshot.languages(day)
            for key, count in snapshot.counts(day, language)
        }


def test_a_new_store_begins_at_the_given_offset(path):
    store = CountsStore(path)
    assert (store.position, store.durable) == (None, None)
    assert store.begin(700, DAY) == Position(700, None, DAY) == store.position == store.durable
    with pytest.raises(GapError):
        store.add(batch(tag("tea", 1), start=650, end=750))
    store.add(batch(tag("tea", 1), start=700))
    assert store.position.offset == 800


def test_a_store_that_has_not_begun_counts_nothing(path):
    store = CountsStore(path)
    with pytest.raises(GapError, match="cannot follow None"):
        store.add(batch(tag("tea", 1)))
    store.retire_days_before(DAY)
    assert (store.position, store.delete_some()) == (None, False)


def test_adding_a_batch_returns_the_whole_counts_that_it_changed(store):
    store.add(batch(tag("tea", 3), tag("milk", 1)))
    later = NOON + timedelta(hours=1)
    changed = store.add(batch(tag("tea", 2, later), total(5, later), tag("tea", 1, later), start=100))
    assert list(changed) == [TODAY]
    tea = changed[TODAY].pop("tea")
    assert (tea.posts, tea.hours, changed[TODAY].keys()) == (6, {12: 3, 13: 3}, {""})
    assert store.position == Position(200, later, DAY)


def test_the_clock_never_goes_back(store):
    for number, rows in enumerate([[total(1)], [total(1, NOON - timedelta(hours=1))], []]):
        store.add(batch(*rows, start=100 * number))
        assert store.position == Position(100 * number + 100, NOON, DAY)


def test_a_repeated_batch_changes_nothing(store, path):
    first, second = batch(total(5), tag("tea", 3)), batch(total(1), tag("tea", 1), start=100)
    store.add(first)
    store.add(second)
    assert (store.add(second), store.add(first), store.position) == (None, None, Position(200, NOON, DAY))
    store.flush()
    assert durable(path) == (200, {TEA: 4, Place(DAY, "*", ""): 6})


@pytest.mark.parametrize(("start", "end"), [(101, 200), (500, 600), (99, 200), (0, 101)])
def test_a_batch_after_a_gap_or_with_an_overlap_is_refused(store, path, start: int, end: int):
    store.add(batch(tag("tea", 3)))
    with pytest.raises(GapError, match=rf"a batch of \[{start}, {end}\) cannot follow .*offset=100"):
        store.add(batch(tag("tea", 1), start=start, end=end))
    store.flush()
    assert durable(path) == (100, {TEA: 3})


def test_after_a_crash_counting_continues_from_the_file_with_the_same_result(store, path):
    batches = [batch(tag("tea", 1, authors=number), total(2), start=100 * number) for number in range(5)]
    for number, one in enumerate(batches):
        changed = store.add(one)
        if number == 1:
            store.flush()
    assert durable(path)[0] == 200
    again = CountsStore(path)
    assert again.position == Position(200, NOON, DAY) == again.durable
    assert [again.add(one) for one in batches[:2]] == [None, None]
    for one in batches[2:]:
        changed_again = again.add(one)
    assert changed_again == changed
    assert again.position == store.position


def test_a_second_flush_writes_nothing(store, path, monkeypatch):
    store.add(batch(tag("tea", 3)))
    store.flush()
    monkeypatch.setattr(store._file, "commit", lambda *_: pytest.fail("everything is durable already"))
    store.flush()


def test_only_changed_counts_are_written(store, monkeypatch):
    store.add(batch(tag("tea", 3), tag("milk", 1)))
    store.flush()
    store.add(batch(tag("tea", 3), start=100))
    written = []
    monkeypatch.setattr(store._file, "commit", lambda counts, *_: written.append(by_place(counts)))
    store.flush()
    assert [{place: count.posts for place, count in counts.items()} for counts in written] == [{TEA: 6}]


def test_after_a_flush_only_counts_changed_since_the_one_before_stay_in_memory(store, monkeypatch):
    monkeypatch.setattr(streaming.state.store, "MAX_UNFLUSHED_COUNTS", 4)
    store.add(batch(*[tag(f"t{number}", 1) for number in range(4)]))
    assert not store.is_full
    store.add(batch(tag("t0", 1), tag("t4", 1), start=100))
    assert store.is_full
    store.flush()
    assert not store.is_full
    store.add(batch(tag("t0", 1), tag("t5", 1), start=200))
    store.flush()
    assert store._counts[TODAY].keys() == {"t0", "t5"}
    changed = store.add(batch(*[tag(f"t{number}", 1) for number in range(6)], start=300))
    assert [count.posts for _, count in sorted(changed[TODAY].items())] == [4, 2, 2, 2, 2, 2]


def test_posts_of_a_closed_day_are_not_counted(store, path):
    store.add(batch(tag("tea", 3), tag("milk", 1, MIDNIGHT)))
    store.retire_days_before(NEXT)
    assert store.position == store.durable == Position(100, MIDNIGHT, NEXT)
    assert list(store.add(batch(tag("tea", 3), total(3), tag("milk", 1, MIDNIGHT), start=100))) == [
        TODAY._replace(day=NEXT)
    ]
    store.flush()
    while store.delete_some():
        pass
    assert durable(path) == (200, {MILK: 2})
    assert CountsStore(path).position == Position(200, MIDNIGHT, NEXT)


def test_unflushed_counts_of_a_closed_day_never_reach_the_file(store, path):
    store.add(batch(tag("tea", 3), tag("milk", 1, MIDNIGHT)))
    store.retire_days_before(NEXT)
    assert durable(path) == (100, {MILK: 1})


def test_closing_a_store_does_not_flush_it(store, path):
    store.add(batch(tag("tea", 3)))
    store.close()
    assert durable(path) == (0, {})


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a flush is two rows."""
    monkeypatch.setattr(streaming.state.store, "ROWS_AT_ONCE", 2)


@pytest.mark.usefixtures("in_parts")
def test_a_flush_writes_what_changed_since_it_was_written_ahead(store, path, monkeypatch):
    store.add(batch(*[tag(f"t{number}", 1) for number in range(4)]))
    assert [store.write_some() for _ in range(3)] == [True, True, False]
    store.add(batch(tag("t0", 1), start=100))
    assert (store.write_some(), durable(path)) == (False, (0, {}))
    written = []
    commit = CountsFile.commit
    monkeypatch.setattr(
        CountsFile, "commit", lambda file, counts, *rest: written.append(counts) or commit(file, counts, *rest)
    )
    store.flush()
    assert [[*by_place(counts)] for counts in written] == [[Place(DAY, "*", "t0")]]
    assert durable(path) == (200, {Place(DAY, "*", f"t{number}"): 1 + (number == 0) for number in range(4)})


@pytest.mark.usefixtures("in_parts")
def test_counts_written_ahead_stay_in_memory_until_they_are_durable(store, monkeypatch):
    monkeypatch.setattr(streaming.state.store, "MAX_UNFLUSHED_COUNTS", 3)
    store.add(batch(*[tag(f"t{number}", 1) for number in range(4)]))
    while store.write_some():
        pass
    assert store.is_full
    store.flush()
    assert not store.is_full


@pytest.mark.usefixtures("in_parts")
def test_a_batch_that_comes_again_while_a_flush_is_written_ahead_changes_nothing(store, path):
    first = batch(*[tag(f"t{number}", 1) for number in range(4)], total(4))
    store.add(first)
    assert store.write_some()
    assert (store.add(first), store.write_some()) == (None, True)
    store.flush()
    assert durable(path) == (100, {Place(DAY, "*", f"t{number}"): 1 for number in range(4)} | {Place(DAY, "*", ""): 4})


@pytest.mark.usefixtures("in_parts")
def test_a_store_closed_while_a_flush_is_written_ahead_leaves_the_flush_before(store, path):
    store.add(batch(tag("tea", 3)))
    store.flush()
    later = batch(*[tag(f"t{number}", 1) for number in range(4)], tag("tea", 1), start=100)
    store.add(later)
    assert store.write_some()
    store.close()
    assert durable(path) == (100, {TEA: 3})
    again = CountsStore(path)
    again.add(later)
    again.flush()
    assert durable(path) == (200, {TEA: 4} | {Place(DAY, "*", f"t{number}"): 1 for number in range(4)})


_KILLED = """
import os, signal, sys
from pathlib import Path
import streaming.state.store
from tests.streaming.fake_counts import DAY, batch, tag, total

store = streaming.state.store.CountsStore(Path(sys.argv[1]))
store.begin(0, DAY)
store.add(batch(tag("tea", 3), total(3)))
store.flush()
store.add(batch(*[tag(f"t{number:04}", 1) for number in range(5_000)], tag("tea", 1), start=100))
# So few pages in memory that most are in the log when the process dies.
store._file._database.execute("PRAGMA cache_size = 10")
while store.write_some():
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_while_a_flush_is_written_ahead_leaves_the_flush_before(path):
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], cwd=ROOT, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert durable(path) == (100, {TEA: 3, Place(DAY, "*", ""): 3})
    assert CountsStore(path).position == Position(100, NOON, DAY)
