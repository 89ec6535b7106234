"""A hashtag that only one language uses is counted and stored once, for that language and for all languages."""

import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from contract.post import Post, encode_posts
from streaming.aggregate.deltas import MicroBatch, batch_of, batch_rows, only_languages
from streaming.source.lines import parse
from streaming.state.count import Count
from streaming.state.errors import StoreError
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore
from tests.streaming.fake_counts import DAY, NOON, Place, batch, by_place, deltas, tag, total


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts" / "test" / COUNTS_FILE


@pytest.fixture
def store(path: Path) -> CountsStore:
    store = CountsStore(path)
    store.begin(0, DAY)
    return store


def in_languages(key: str, *languages: str, posts: int = 1) -> list:
    """Posts of a hashtag in some languages, as they count in each and in all."""
    return [
        row
        for language in languages
        for of in (language, "*")
        for row in (total(posts, language=of), tag(key, posts, language=of, authors=posts))
    ]


def stored_rows(path: Path, key: str) -> list[tuple[str, str | None]]:
    """The language of each row of a hashtag, and the language that shares it."""
    with closing(sqlite3.connect(path)) as database:
        rows = "SELECT language, only_language FROM counts WHERE key = ? ORDER BY language"
        return database.execute(rows, (key,)).fetchall()


def posts_by_language(path: Path, key: str) -> dict[str, int]:
    with Snapshot(path) as snapshot:
        by_scan = {
            language: count.posts
            for language in snapshot.languages(DAY)
            for found, count in snapshot.counts(DAY, language)
            if found == key
        }
        by_key = {language: snapshot.count(DAY, language, key).posts for language in snapshot.languages(DAY)}
    assert {language: posts for language, posts in by_key.items() if posts} == by_scan
    return by_scan


def test_a_hashtag_of_one_language_is_one_row(store, path):
    changed = store.add(batch(*in_languages("tea", "en", posts=3)))
    assert [(scope.language, counts["tea"].posts) for scope, counts in changed.items()] == [("*", 3), ("en", 3)]
    store.flush()
    assert stored_rows(path, "tea") == [("*", "en")]
    assert posts_by_language(path, "tea") == {"*": 3, "en": 3}
    assert stored_rows(path, "") == [("*", None), ("en", None)]


@pytest.mark.parametrize("flushes", [False, True])
@pytest.mark.parametrize("reopens", [False, True])
def test_when_another_language_joins_each_has_a_row_from_then_on(store, path, flushes: bool, reopens: bool):
    store.add(batch(*in_languages("tea", "en", posts=3)))
    if flushes or reopens:
        store.flush()
    if reopens:
        store = CountsStore(path)
    changed = store.add(batch(*in_languages("tea", "de"), start=100))
    assert {scope.language: counts["tea"].posts for scope, counts in changed.items()} == {"*": 4, "de": 1}
    store.add(batch(*in_languages("tea", "en"), start=200))
    store.flush()
    assert stored_rows(path, "tea") == [("*", None), ("de", None), ("en", None)]
    assert posts_by_language(path, "tea") == {"*": 5, "de": 1, "en": 4}


@pytest.mark.parametrize("damage", ["only_language = 'de'", "only_language = NULL", "language = 'de'"])
def test_a_row_that_names_another_language_is_damage(store, path, damage: str):
    store.add(batch(*in_languages("tea", "en")))
    store.flush()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE counts SET {damage} WHERE key = 'tea'")
    with pytest.raises(StoreError, match="is damaged"):
        posts_by_language(path, "tea")


def test_languages_that_come_in_one_batch_have_a_row_each(store, path):
    store.add(batch(*in_languages("tea", "en", "de")))
    store.flush()
    assert stored_rows(path, "tea") == [("*", None), ("de", None), ("en", None)]


def test_a_language_is_the_only_one_if_it_has_all_posts():
    found = deltas(*in_languages("tea", "en"), *in_languages("milk", "en", "de"), tag("lost", 1))
    of_all = found.pop(next(scope for scope in found if scope.language == "*"))
    assert only_languages(of_all, found) == {"tea": "en"}


def test_a_language_without_a_total_has_rows_of_its_own(store, path):
    # ``Snapshot.languages`` would not find it otherwise.
    store.add(batch(tag("tea", 1), tag("tea", 1, language="en")))
    store.flush()
    assert posts_by_language(path, "tea") == {"*": 1, "en": 1}


def made_up(choice: random.Random, number: int) -> list[Post]:
    """Posts of two days whose hashtags stay in one language, move to another, or are in several from the start."""
    posts = []
    for _ in range(choice.randrange(1, 40)):
        key = f"tag{int(choice.random() ** 3 * 60)}"
        moves = number > 6 or choice.random() < 0.05
        language = choice.choice(["de", "en", "ja"]) if moves else ("de", "en", "ja")[len(key) % 3]
        at = NOON + timedelta(minutes=choice.randrange(-600, 900))
        spelling = choice.choice([key, key.upper(), key.title()])
        author = choice.choice([None, *(f"{one:016x}" for one in range(400))])
        posts.append(Post("a:1", at, language, [key], [spelling], author))
    return posts


def summary(count: Count) -> tuple:
    authors = (count.authors_of_day(), *(count.authors_of_hour(hour) for hour in range(24)))
    return count.posts, count.hours, authors, count.minutes


def expected(batches: list[MicroBatch]) -> dict[Place, Count]:
    """What each scope would have if it were counted by itself."""
    counts: dict[Place, Count] = {}
    for one in batches:
        for scope, of_scope in one.deltas.items():
            for key, of_key in of_scope.items():
                for delta in of_key:
                    counts.setdefault(Place(*scope, key), Count()).add(*delta)
    return counts


def assert_equal(found: dict[Place, Count], wanted: dict[Place, Count]) -> None:
    assert {place: summary(count) for place, count in found.items()} == {
        place: summary(wanted[place]) for place in found
    }


def read(path: Path) -> dict[Place, Count]:
    """All counts of a file; each way to read them gives the same."""
    found: dict[Place, Count] = {}
    with Snapshot(path) as snapshot:
        for day in snapshot.days():
            for language in snapshot.languages(day):
                by_rank = dict(snapshot.ranked_counts(day, language))
                assert by_rank == dict(snapshot.counts(day, language))
                assert by_rank == snapshot.some_counts(day, language, list(by_rank))
                found |= {Place(day, language, key): count for key, count in by_rank.items()}
    return found


def reopened(store: CountsStore, path: Path) -> CountsStore:
    store.flush()
    store.close()
    return CountsStore(path)


@pytest.mark.parametrize("seed", range(20))
def test_every_count_is_as_if_each_language_were_counted_by_itself(store, path, seed: int):
    choice = random.Random(seed)
    batches = []
    for number in range(12):
        rows = batch_rows(parse(encode_posts(made_up(choice, number))), 100 * number, 100 * number + 100)
        batches.append(batch_of(rows))
        assert_equal(by_place(store.add(batches[-1])), expected(batches))
        if choice.random() < 0.4:
            store.flush()
        if choice.random() < 0.2:
            store = reopened(store, path)
    store.flush()
    found, wanted = read(path), expected(batches)
    assert found.keys() == wanted.keys()
    assert_equal(found, wanted)
    assert all(count.spellings == wanted[place].spellings for place, count in found.items() if place.language == "*")
