from datetime import timedelta
from pathlib import Path

import pytest

import streaming.counts_store
from streaming.batch import DayLanguage
from streaming.counts_file import STORE, Position
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import CountsStore, GapError
from tests.streaming.made_up_counts import DAY, NEXT, NOON, Place, batch, by_place, tag, total

MIDNIGHT = NOON + timedelta(hours=12)
TODAY = DayLanguage(DAY, "*")
TEA, MILK = Place(DAY, "*", "tea"), Place(NEXT, "*", "milk")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts" / "test" / STORE


@pytest.fixture
def store(path: Path) -> CountsStore:
    store = CountsStore(path)
    store.begin(0, DAY)
    return store


def kept(path: Path) -> tuple[int, dict[Place, int]]:
    """What the file has: the offset, and the posts of each place."""
    with Snapshot(path) as snapshot:
        return snapshot.position.offset, {
            Place(day, language, key): count.posts
            for day in snapshot.days()
            for language in snapshot.languages(day)
            for key, count in snapshot.counts(day, language)
        }


def test_a_new_store_begins_where_it_is_told(path):
    store = CountsStore(path)
    assert (store.position, store.kept) == (None, None)
    assert store.begin(700, DAY) == Position(700, None, DAY) == store.position == store.kept
    with pytest.raises(GapError):
        store.add(batch(tag("tea", 1), start=650, end=750))
    store.add(batch(tag("tea", 1), start=700))
    assert store.position.offset == 800


def test_a_store_that_has_not_begun_counts_nothing(path):
    store = CountsStore(path)
    with pytest.raises(GapError, match="cannot follow None"):
        store.add(batch(tag("tea", 1)))
    store.end_days_before(DAY)
    assert (store.position, store.remove_some()) == (None, False)


def test_a_batch_tells_the_whole_counts_that_it_changed_and_in_which_hours(store):
    store.add(batch(tag("tea", 3), tag("milk", 1)))
    later = NOON + timedelta(hours=1)
    changed = store.add(batch(tag("tea", 2, later), total(5, later), tag("tea", 1, later), start=100))
    assert (list(changed), changed[TODAY].hours) == ([TODAY], {13})
    tea = changed[TODAY].counts.pop("tea")
    assert (tea.posts, tea.hours, changed[TODAY].counts.keys()) == (6, {12: 3, 13: 3}, {""})
    assert store.position == Position(200, later, DAY)


def test_the_clock_never_goes_back(store):
    for number, rows in enumerate([[total(1)], [total(1, NOON - timedelta(hours=1))], []]):
        store.add(batch(*rows, start=100 * number))
        assert store.position == Position(100 * number + 100, NOON, DAY)


def test_a_batch_that_comes_again_changes_nothing(store, path):
    first, second = batch(total(5), tag("tea", 3)), batch(total(1), tag("tea", 1), start=100)
    store.add(first)
    store.add(second)
    assert (store.add(second), store.add(first), store.position) == (None, None, Position(200, NOON, DAY))
    store.keep()
    assert kept(path) == (200, {TEA: 4, Place(DAY, "*", ""): 6})


@pytest.mark.parametrize(("start", "end"), [(101, 200), (500, 600), (99, 200), (0, 101)])
def test_a_batch_after_a_gap_or_over_what_is_counted_is_refused(store, path, start: int, end: int):
    store.add(batch(tag("tea", 3)))
    with pytest.raises(GapError, match=rf"a batch of \[{start}, {end}\) cannot follow .*offset=100"):
        store.add(batch(tag("tea", 1), start=start, end=end))
    store.keep()
    assert kept(path) == (100, {TEA: 3})


def test_a_process_that_dies_goes_on_from_what_the_file_has_and_comes_to_the_same_counts(store, path):
    batches = [batch(tag("tea", 1, authors=number), total(2), start=100 * number) for number in range(5)]
    for number, one in enumerate(batches):
        changed = store.add(one)
        if number == 1:
            store.keep()
    assert kept(path)[0] == 200
    again = CountsStore(path)
    assert again.position == Position(200, NOON, DAY) == again.kept
    assert [again.add(one) for one in batches[:2]] == [None, None]
    for one in batches[2:]:
        changed_again = again.add(one)
    assert changed_again == changed
    assert again.position == store.position


def test_what_is_kept_twice_is_written_once(store, path, monkeypatch):
    store.add(batch(tag("tea", 3)))
    store.keep()
    monkeypatch.setattr(store._file, "keep", lambda *_: pytest.fail("it has everything"))
    store.keep()


def test_only_counts_that_moved_are_written(store, monkeypatch):
    store.add(batch(tag("tea", 3), tag("milk", 1)))
    store.keep()
    store.add(batch(tag("tea", 3), start=100))
    written = []
    monkeypatch.setattr(store._file, "keep", lambda counts, position: written.append(by_place(counts)))
    store.keep()
    assert [{place: count.posts for place, count in counts.items()} for counts in written] == [{TEA: 6}]


def test_of_what_is_kept_only_what_moved_since_it_was_kept_before_stays_in_memory(store, monkeypatch):
    monkeypatch.setattr(streaming.counts_store, "MOST_CHANGED", 4)
    store.add(batch(*[tag(f"t{number}", 1) for number in range(4)]))
    assert not store.is_full
    store.add(batch(tag("t0", 1), tag("t4", 1), start=100))
    assert store.is_full
    store.keep()
    assert not store.is_full
    store.add(batch(tag("t0", 1), tag("t5", 1), start=200))
    store.keep()
    assert store._counts[TODAY].keys() == {"t0", "t5"}
    changed = store.add(batch(*[tag(f"t{number}", 1) for number in range(6)], start=300))
    assert [count.posts for _, count in sorted(changed[TODAY].counts.items())] == [4, 2, 2, 2, 2, 2]


def test_posts_of_a_day_that_is_done_are_not_counted(store, path):
    store.add(batch(tag("tea", 3), tag("milk", 1, MIDNIGHT)))
    store.end_days_before(NEXT)
    assert store.position == store.kept == Position(100, MIDNIGHT, NEXT)
    assert list(store.add(batch(tag("tea", 3), total(3), tag("milk", 1, MIDNIGHT), start=100))) == [
        TODAY._replace(day=NEXT)
    ]
    store.keep()
    while store.remove_some():
        pass
    assert kept(path) == (200, {MILK: 2})
    assert CountsStore(path).position == Position(200, MIDNIGHT, NEXT)


def test_what_the_file_did_not_have_yet_of_a_day_that_is_done_never_comes_to_it(store, path):
    store.add(batch(tag("tea", 3), tag("milk", 1, MIDNIGHT)))
    store.end_days_before(NEXT)
    assert kept(path) == (100, {MILK: 1})


def test_a_store_that_is_closed_leaves_the_file_as_it_was(store, path):
    store.add(batch(tag("tea", 3)))
    store.close()
    assert kept(path) == (0, {})
