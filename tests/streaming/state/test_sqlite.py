import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

import streaming.state.sqlite
from streaming.aggregate.deltas import CountScope
from streaming.state.checksum import checked
from streaming.state.count import Count
from streaming.state.errors import StoreError
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE, CountsFile, Position, checkpoint_wal, place_of
from tests.streaming.fake_counts import DAY, NEXT, NOON, Place, by_key

TODAY = CountScope(DAY, "*")
TEA, MILK = Place(DAY, "*", "tea"), Place(NEXT, "en", "milk")
AT_NOON = Position(100, NOON, DAY)
LATER = Position(200, NOON + timedelta(hours=1), DAY)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts" / "test" / COUNTS_FILE


@pytest.fixture
def file(path: Path) -> CountsFile:
    return CountsFile(path)


def posts(path: Path) -> dict[Place, int]:
    """The posts of all places."""
    with Snapshot(path) as snapshot:
        return {
            Place(day, language, key): count.posts
            for day in snapshot.days()
            for language in snapshot.languages(day)
            for key, count in snapshot.counts(day, language)
        }


def some(number: int, day: date = DAY) -> dict[CountScope, dict[str, Count]]:
    return {CountScope(day, "*"): {f"t{key:05}": Count(1 + key) for key in range(number)}}


def count(file: CountsFile, place: Place) -> Count | None:
    return file.counts(CountScope(place.day, place.language), [place.key]).get(place.key)


def test_a_new_file_is_empty(file, path):
    assert (file.position(), count(file, TEA), posts(path), file.delete_some(NEXT)) == (None, None, {}, False)


def test_counts_and_position_are_the_same_when_the_file_is_opened_again(file, path):
    tea = Count(3, {12: 3}, b"1234", {12: b"1234"}, {"Tea": 3}, {720: 3})
    file.commit(by_key([(TEA, Count(1)), (MILK, Count(2))]), AT_NOON)
    file.commit(by_key([(TEA, tea)]), LATER)
    file.close()
    again = CountsFile(path)
    assert (again.position(), count(again, TEA), count(again, MILK)) == (LATER, tea, Count(2))


@pytest.mark.parametrize("position", [Position(0, None, date.min), Position(2**50, NOON, date.max)])
def test_any_position_is_stored_unchanged(file, position: Position):
    file.commit({}, position)
    assert file.position() == position


@pytest.mark.parametrize("failing", ["encode_count", "_checksum"])
def test_a_failed_commit_changes_neither_counts_nor_position(file, path, monkeypatch, failing: str):
    file.commit(by_key([(TEA, Count(3))]), AT_NOON)

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(streaming.state.sqlite, failing, fail)
        with pytest.raises(MemoryError):
            file.commit(by_key([(TEA, Count(4)), (MILK, Count(1))]), LATER)
    assert (file.position(), posts(path)) == (AT_NOON, {TEA: 3})
    file.commit(by_key([(TEA, Count(4))]), LATER)
    assert (file.position(), posts(path)) == (LATER, {TEA: 4})


def test_a_process_killed_during_a_commit_leaves_the_file_as_before(file, path, tmp_path):
    file.commit(by_key([(TEA, Count(3))]), AT_NOON)

    class KilledAtTheEnd(dict):
        def items(self):
            yield from super().items()
            shutil.copytree(path.parent, tmp_path / "left")

    file.commit(KilledAtTheEnd(some(20_000)), LATER)
    left = CountsFile(tmp_path / "left" / COUNTS_FILE)
    assert (left.position(), posts(tmp_path / "left" / COUNTS_FILE)) == (AT_NOON, {TEA: 3})
    left.commit(some(20_000), LATER)
    assert len(posts(tmp_path / "left" / COUNTS_FILE)) == 20_001


def test_the_counts_of_a_day_are_deleted_in_steps(file, path, monkeypatch):
    monkeypatch.setattr(streaming.state.sqlite, "_ROWS_PER_DELETE", 3)
    file.commit(some(8) | some(8, NEXT), AT_NOON)
    assert file.delete_some(DAY) is False
    left, more = [], True
    while more:
        more = file.delete_some(NEXT)
        left.append(sum(place.day == DAY for place in posts(path)))
    assert left == [5, 2, 0]
    assert len(posts(path)) == 8


def test_the_log_stays_small_with_checkpoints(file, path):
    def log_bytes(offset: int) -> int:
        file.commit(some(500), Position(offset, NOON, DAY))
        checkpoint_wal(path)
        return path.with_name(f"{COUNTS_FILE}-wal").stat().st_size

    once = log_bytes(0)
    assert max(log_bytes(offset) for offset in range(1, 30)) <= 2 * once


@pytest.mark.parametrize("key", ["'; DROP TABLE counts", "\0", "a\0b", "🫖", "<img onerror=1>", "\u202etrap"])
def test_any_hashtag_is_stored_unchanged(file, path, key: str):
    file.commit(by_key([(Place(DAY, "*", key), Count(2)), (Place(DAY, "*", "a"), Count(1))]), AT_NOON)
    assert file.counts(CountScope(DAY, "*"), ["none", key]) == {key: Count(2)}
    assert posts(path).keys() == {Place(DAY, "*", key), Place(DAY, "*", "a")}


def test_of_any_number_of_keys_those_with_a_count_are_returned(file):
    ((at, counts),) = some(2_000).items()
    file.commit({at: counts}, AT_NOON)
    assert file.counts(at, [*reversed(counts), *(f"n{key}" for key in range(2_000))]) == counts
    assert file.counts(CountScope(NEXT, "*"), list(counts)) == {} == file.counts(at, [])


def test_a_file_of_another_version_is_refused(file, path):
    file.close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 7")
    database.close()
    with pytest.raises(StoreError, match="is of version 7"):
        CountsFile(path)


@pytest.fixture
def first_version(path: Path) -> Path:
    """A file as version 1 left it, with a count."""
    path.parent.mkdir(parents=True)
    columns = "day INTEGER, language TEXT, key TEXT, posts INTEGER NOT NULL, count BLOB NOT NULL"
    # An array of six: a version 1 count has no language.
    stored = checked(msgspec.msgpack.encode([3, {12: 3}, b"", {}, {"Tea": 3}, {}]), place_of(TODAY) + b"tea")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE counts ({columns}, PRIMARY KEY (day, language, key)) WITHOUT ROWID")
        database.execute("INSERT INTO counts VALUES (?, '*', 'tea', 3, ?)", (DAY.toordinal(), stored))
        database.execute("PRAGMA user_version = 1")
    return path


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def test_a_file_of_the_first_version_keeps_its_counts_and_gets_new_ones(first_version):
    file = CountsFile(first_version)
    tea = Count(3, {12: 3}, spellings={"Tea": 3})
    assert (file.counts(TODAY, ["tea"]), version_of(first_version)) == ({"tea": tea}, 2)
    file.commit(by_key([(MILK, Count(1))]), AT_NOON)
    file.close()
    assert (posts(first_version), CountsFile(first_version).counts(TODAY, ["tea"])) == ({TEA: 3, MILK: 1}, {"tea": tea})


def test_a_conversion_that_ends_before_its_commit_begins_again(first_version, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(streaming.state.sqlite, "_SCHEMA", ("CREATE TABLE",))
        with pytest.raises(sqlite3.OperationalError):
            CountsFile(first_version)
    assert version_of(first_version) == 1
    assert CountsFile(first_version).counts(TODAY, ["tea"]).keys() == {"tea"}


def test_a_full_disk_is_not_damage_and_a_commit_works_again_when_there_is_room(file, path):
    file.commit(by_key([(TEA, Count(1))]), AT_NOON)
    (pages,) = file._database.execute("PRAGMA page_count").fetchone()
    file._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        file.commit(some(500), LATER)
    assert (file.position(), posts(path)) == (AT_NOON, {TEA: 1})
    file._database.execute("PRAGMA max_page_count = 100000")
    file.commit(some(500), LATER)
    assert (file.position(), len(posts(path))) == (LATER, 501)


def test_what_is_written_ahead_of_a_commit_is_in_the_file_with_it_and_not_before(file, path):
    file.commit(by_key([(TEA, Count(1))]), AT_NOON)
    file.write(by_key([(TEA, Count(2)), (MILK, Count(1))]), {})
    assert (count(file, TEA), posts(path)) == (Count(2), {TEA: 1})
    file.commit(by_key([(MILK, Count(3))]), LATER)
    assert (file.position(), posts(path)) == (LATER, {TEA: 2, MILK: 3})


def test_after_a_crash_nothing_is_left_of_what_was_written_ahead_even_if_it_is_in_the_log(file, path, tmp_path):
    file.commit(by_key([(TEA, Count(3))]), AT_NOON)
    # So few pages in memory that most go to the log.
    file._database.execute("PRAGMA cache_size = 10")
    log = path.with_name(f"{COUNTS_FILE}-wal")
    before = log.stat().st_size
    file.write(some(20_000), {})
    checkpoint_wal(path)
    assert log.stat().st_size > before + 100_000
    shutil.copytree(path.parent, tmp_path / "left")
    left = CountsFile(tmp_path / "left" / COUNTS_FILE)
    assert (left.position(), posts(tmp_path / "left" / COUNTS_FILE)) == (AT_NOON, {TEA: 3})


def test_a_failed_write_undoes_what_was_written_since_the_last_commit(file, path, monkeypatch):
    file.commit(by_key([(TEA, Count(3))]), AT_NOON)
    file.write(by_key([(TEA, Count(4))]), {})

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(streaming.state.sqlite, "encode_count", fail)
        with pytest.raises(MemoryError):
            file.write(by_key([(MILK, Count(1))]), {})
    file.commit({}, LATER)
    assert (file.position(), posts(path)) == (LATER, {TEA: 3})


def test_counts_deleted_between_a_write_and_its_commit_are_gone_with_the_commit(file, path):
    file.commit(some(3) | some(3, NEXT), AT_NOON)
    file.write(by_key([(Place(NEXT, "*", "tea"), Count(1))]), {})
    assert file.delete_some(NEXT) is False
    assert len(posts(path)) == 6, "a crash would undo it"
    file.commit({}, LATER)
    assert {place.day for place in posts(path)} == {NEXT}
