import shutil
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

import streaming.counts_file
from streaming.batch import DayLanguage
from streaming.count import Count
from streaming.counts_file import STORE, CountsFile, Position, StoreError, fold_log
from streaming.counts_snapshot import Snapshot
from tests.streaming.made_up_counts import DAY, NEXT, NOON, Place, by_key

TEA, MILK = Place(DAY, "*", "tea"), Place(NEXT, "en", "milk")
AT_NOON = Position(100, NOON, DAY)
LATER = Position(200, NOON + timedelta(hours=1), DAY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts" / "test" / STORE


@pytest.fixture
def file(path: Path) -> CountsFile:
    return CountsFile(path)


def posts(path: Path) -> dict[Place, int]:
    """Everything that is counted."""
    with Snapshot(path) as snapshot:
        return {
            Place(day, language, key): count.posts
            for day in snapshot.days()
            for language in snapshot.languages(day)
            for key, count in snapshot.counts(day, language)
        }


def some(number: int, day: date = DAY) -> dict[DayLanguage, dict[str, Count]]:
    return {DayLanguage(day, "*"): {f"t{key:05}": Count(1 + key) for key in range(number)}}


def count(file: CountsFile, place: Place) -> Count | None:
    return file.counts(DayLanguage(place.day, place.language), [place.key]).get(place.key)


def test_a_new_file_has_counted_nothing(file, path):
    assert (file.position(), count(file, TEA), posts(path), file.remove_some(NEXT)) == (None, None, {}, False)


def test_counts_and_position_are_there_when_the_file_is_opened_again(file, path):
    tea = Count(3, {12: 3}, b"1234", {12: b"1234"}, {"Tea": 3}, {720: 3})
    file.keep(by_key([(TEA, Count(1)), (MILK, Count(2))]), AT_NOON)
    file.keep(by_key([(TEA, tea)]), LATER)
    file.close()
    again = CountsFile(path)
    assert (again.position(), count(again, TEA), count(again, MILK)) == (LATER, tea, Count(2))


@pytest.mark.parametrize("position", [Position(0, None, date.min), Position(2**50, NOON, date.max)])
def test_any_position_is_kept_as_it_is(file, position: Position):
    file.keep({}, position)
    assert file.position() == position


@pytest.mark.parametrize("failing", ["encode_count", "_check"])
def test_a_transaction_that_fails_leaves_counts_and_position_as_they_were(file, path, monkeypatch, failing: str):
    file.keep(by_key([(TEA, Count(3))]), AT_NOON)

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(streaming.counts_file, failing, fail)
        with pytest.raises(MemoryError):
            file.keep(by_key([(TEA, Count(4)), (MILK, Count(1))]), LATER)
    assert (file.position(), posts(path)) == (AT_NOON, {TEA: 3})
    file.keep(by_key([(TEA, Count(4))]), LATER)
    assert (file.position(), posts(path)) == (LATER, {TEA: 4})


def test_what_a_process_leaves_that_is_killed_in_a_transaction_is_what_stood_before_it(file, path, tmp_path):
    file.keep(by_key([(TEA, Count(3))]), AT_NOON)

    class KilledAtTheEnd(dict):
        def items(self):
            yield from super().items()
            shutil.copytree(path.parent, tmp_path / "left")

    file.keep(KilledAtTheEnd(some(20_000)), LATER)
    left = CountsFile(tmp_path / "left" / STORE)
    assert (left.position(), posts(tmp_path / "left" / STORE)) == (AT_NOON, {TEA: 3})
    left.keep(some(20_000), LATER)
    assert len(posts(tmp_path / "left" / STORE)) == 20_001


def test_a_days_counts_go_bit_by_bit(file, path, monkeypatch):
    monkeypatch.setattr(streaming.counts_file, "_REMOVED_AT_ONCE", 3)
    file.keep(some(8) | some(8, NEXT), AT_NOON)
    assert file.remove_some(DAY) is False
    left, more = [], True
    while more:
        more = file.remove_some(NEXT)
        left.append(sum(place.day == DAY for place in posts(path)))
    assert left == [5, 2, 0]
    assert len(posts(path)) == 8


def test_the_log_does_not_grow_as_long_as_it_is_folded(file, path):
    def kept(offset: int) -> int:
        file.keep(some(500), Position(offset, NOON, DAY))
        fold_log(path)
        return path.with_name(f"{STORE}-wal").stat().st_size

    once = kept(0)
    assert max(kept(offset) for offset in range(1, 30)) <= 2 * once


@pytest.mark.parametrize("key", ["'; DROP TABLE counts", "\0", "a\0b", "🫖", "<img onerror=1>", "\u202etrap"])
def test_any_hashtag_is_kept_as_it_is(file, path, key: str):
    file.keep(by_key([(Place(DAY, "*", key), Count(2)), (Place(DAY, "*", "a"), Count(1))]), AT_NOON)
    assert file.counts(DayLanguage(DAY, "*"), ["none", key]) == {key: Count(2)}
    assert posts(path).keys() == {Place(DAY, "*", key), Place(DAY, "*", "a")}


def test_of_any_number_of_keys_those_are_told_that_are_kept(file):
    ((at, counts),) = some(2_000).items()
    file.keep({at: counts}, AT_NOON)
    assert file.counts(at, [*reversed(counts), *(f"n{key}" for key in range(2_000))]) == counts
    assert file.counts(DayLanguage(NEXT, "*"), list(counts)) == {} == file.counts(at, [])


def test_a_file_of_another_version_is_refused(file, path):
    file.close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 7")
    database.close()
    with pytest.raises(StoreError, match="is of version 7"):
        CountsFile(path)


def test_a_full_disk_is_no_damage_and_counts_are_kept_when_there_is_room(file, path):
    file.keep(by_key([(TEA, Count(1))]), AT_NOON)
    (pages,) = file._database.execute("PRAGMA page_count").fetchone()
    file._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        file.keep(some(500), LATER)
    assert (file.position(), posts(path)) == (AT_NOON, {TEA: 1})
    file._database.execute("PRAGMA max_page_count = 100000")
    file.keep(some(500), LATER)
    assert (file.position(), len(posts(path))) == (LATER, 501)
