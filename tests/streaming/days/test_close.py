"""Posts counted in a store, and the closed day written from it."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contract.closed_day import HOURS
from contract.closed_day_schema import CLOSED_DAY_SCHEMA
from contract.language import normalise_language
from contract.pairs import PAIRS_FILE, pairs_file
from contract.post import Post, encode_posts, fold
from streaming.aggregate.deltas import batch_of, batch_rows
from streaming.days.close import write_closed_day
from streaming.source.lines import parse
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore
from tests.streaming.fake_counts import Place

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def post(*hashtags: str, at: datetime = NOON, language: str = "en", author: str | None = None) -> Post:
    return Post("a:1", at, language, [fold(hashtag) for hashtag in hashtags], list(hashtags), author)


def count(path: Path, posts: list[Post], at_once: int = 5_000, tasks: int = 1) -> None:
    """Count posts, in batches of so many, each read by so many tasks."""
    store = CountsStore(path)
    store.begin(0, date.min)
    for start in range(0, len(posts), at_once):
        some = posts[start : start + at_once]
        parts = [some[task::tasks] for task in range(tasks)]
        rows = [
            batch_rows(
                parse(encode_posts(part)) if part else None,
                start * tasks + task * at_once,
                start * tasks + (task + 1) * at_once,
            )
            for task, part in enumerate(parts)
        ]
        store.add(batch_of(pa.concat_tables(rows)))
    store.flush()
    store.close()


def closed(folder: Path, posts: Iterable[Post], day: date = DAY, **cut: int) -> list[dict]:
    folder.mkdir()
    count(folder / COUNTS_FILE, list(posts), **cut)
    with Snapshot(folder / COUNTS_FILE) as snapshot:
        write_closed_day(snapshot, day, folder / "closed" / day.isoformat())
    return pq.read_table(folder / "closed" / day.isoformat()).to_pylist()


def hours(**posts: int) -> list[int]:
    """24 counts: ``h12=3`` is three posts from 12:00 on."""
    return [posts.get(f"h{hour}", 0) for hour in range(HOURS)]


def made_up(number: int, seed: int = 1) -> list[Post]:
    """Posts of a day by many authors, most of them with one hashtag."""
    choice = random.Random(seed)
    posts = []
    for rare in range(number):
        written = choice.choice([["Tea"], ["TEA"], ["CupOfTea", "tea"], ["cupoftea"], [f"rare{rare}"], []])
        at = MIDNIGHT + timedelta(seconds=choice.randrange(86_400))
        author = f"{choice.getrandbits(64):016x}" if choice.random() < 0.95 else None
        posts.append(post(*written, at=at, language=choice.choice(["en", "de"]), author=author))
    return posts


def test_a_closed_day_is_sorted_and_has_the_preferred_spelling_and_hours(tmp_path):
    posts = [
        post("WeltCup", language="de", author="a1", at=NOON - timedelta(hours=3)),
        post("weltcup", "b", author="b2"),
        post("A"),
        post("A", at=NOON + timedelta(days=1)),
    ]
    nine, noon, both = hours(h9=1), hours(h12=1), hours(h9=1, h12=1)
    assert [tuple(row.values()) for row in closed(tmp_path / "one", posts)] == [
        ("*", "", "", 3, None, hours(h9=1, h12=2), [(9 * 60, 1), (12 * 60, 2)], None),
        ("*", "weltcup", "WeltCup", 2, 2, both, None, both),
        ("*", "a", "A", 1, None, noon, None, None),
        ("*", "b", "b", 1, 1, noon, None, noon),
        ("de", "", "", 1, None, nine, None, None),
        ("de", "weltcup", "WeltCup", 1, 1, nine, None, nine),
        ("en", "", "", 2, None, hours(h12=2), None, None),
        ("en", "a", "A", 1, None, noon, None, None),
        ("en", "b", "b", 1, 1, noon, None, noon),
        ("en", "weltcup", "WeltCup", 1, 1, noon, None, noon),
    ]


def test_the_minutes_of_a_closed_day_are_complete_and_in_order(tmp_path):
    moments = [NOON + timedelta(minutes=7 * number) for number in (50, 0, 100, 3, 3)]
    everything, *others = closed(tmp_path / "one", [post("tea", at=at) for at in moments], at_once=1)
    assert everything["minutes"] == [(720, 1), (741, 2), (1_070, 1), (1_420, 1)]
    assert {row["minutes"] for row in others} == {None}


def test_an_author_counts_once_in_the_day_and_once_in_each_hour(tmp_path):
    later = NOON + timedelta(hours=1)
    posts = [post("tea", author=f"{number % 7:016x}", at=at) for number in range(50) for at in (NOON, later)]
    row = next(row for row in closed(tmp_path / "one", posts, at_once=9) if row["key"] == "tea")
    assert (row["posts"], row["authors"], row["hour_authors"]) == (100, 7, hours(h12=7, h13=7))


def test_a_closed_day_does_not_depend_on_the_order_of_posts_or_the_sizes_of_batches_and_tasks(tmp_path):
    posts = made_up(4_000)
    whole = closed(tmp_path / "whole", posts)
    for number, cut in enumerate([{"at_once": 4_000}, {"at_once": 170}, {"at_once": 700, "tasks": 3}]):
        shuffled = random.Random(number).sample(posts, len(posts))
        assert closed(tmp_path / f"cut{number}", shuffled, **cut) == whole
    tea = next(row for row in whole if (row["language"], row["key"]) == ("*", "tea"))
    authors = {post.author for post in posts if "tea" in post.hashtags and post.author}
    assert len(authors) > 1_500
    assert abs(tea["authors"] - len(authors)) < len(authors) * 3 * 0.033
    assert tea["posts"] == sum("tea" in post.hashtags for post in posts)


def test_writing_a_day_again_changes_nothing_and_replaces_an_unfinished_one(tmp_path):
    count(tmp_path / COUNTS_FILE, [post("tea")])
    folder = tmp_path / "closed" / "test" / DAY.isoformat()
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "torn.parquet").write_bytes(b"PAR1")
    with Snapshot(tmp_path / COUNTS_FILE) as snapshot:
        write_closed_day(snapshot, DAY, folder)
        before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
        write_closed_day(snapshot, DAY, folder)
    assert list(folder.parent.iterdir()) == [folder]
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert before.keys() == {"counts.parquet", PAIRS_FILE}


def test_a_closed_day_has_the_hashtags_used_together_by_name(tmp_path):
    posts = [post("Tea", "Milk"), post("milk", "Tea", "sugar"), post("Tea"), post("alone")]
    closed(tmp_path / "one", posts, at_once=1)
    rows = pq.read_table(pairs_file(tmp_path / "one" / "closed" / DAY.isoformat())).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("tea", "Tea", 3, "milk", "milk", 2, 2, 2, 0),
        ("tea", "Tea", 3, "sugar", "sugar", 1, 1, 1, 0),
        ("milk", "milk", 2, "tea", "Tea", 3, 2, 2, 0),
        ("milk", "milk", 2, "sugar", "sugar", 1, 1, 1, 0),
        ("sugar", "sugar", 1, "milk", "milk", 2, 1, 1, 0),
        ("sugar", "sugar", 1, "tea", "Tea", 3, 1, 1, 0),
    ]


def test_the_pairs_of_a_closed_day_do_not_depend_on_the_order_of_posts_or_the_sizes_of_batches_and_tasks(tmp_path):
    choice = random.Random(5)
    posts = [post(*choice.sample("abcdefgh", choice.randrange(5))) for _ in range(600)]
    cuts = [{"at_once": 600}, {"at_once": 7}, {"at_once": 90, "tasks": 3}]
    written = []
    for number, cut in enumerate(cuts):
        folder = tmp_path / f"cut{number}"
        closed(folder, random.Random(number).sample(posts, len(posts)), **cut)
        written.append(pairs_file(folder / "closed" / DAY.isoformat()).read_bytes())
    assert written == [written[0]] * len(cuts)


def test_a_day_is_written_from_one_moment_while_counting_continues(tmp_path):
    count(tmp_path / COUNTS_FILE, [post("tea")])
    store = CountsStore(tmp_path / COUNTS_FILE)
    with Snapshot(tmp_path / COUNTS_FILE) as snapshot:
        store.add(batch_of(batch_rows(parse(encode_posts([post("milk")])), store.position.offset, 99_999)))
        store.retire_days_before(DAY + timedelta(days=1))
        store.delete_some()
        write_closed_day(snapshot, DAY, tmp_path / "closed")
    assert pq.read_table(tmp_path / "closed")["key"].to_pylist() == ["", "tea", "", "tea"]


def test_a_day_without_counts_has_the_columns_and_no_row(tmp_path):
    count(tmp_path / COUNTS_FILE, [post("tea")])
    with Snapshot(tmp_path / COUNTS_FILE) as snapshot:
        write_closed_day(snapshot, date(2026, 1, 1), tmp_path / "closed")
    table = pq.read_table(tmp_path / "closed")
    assert (table.schema.names, table.num_rows) == (CLOSED_DAY_SCHEMA.names, 0)


@pytest.mark.parametrize("name", ["covid_2021-12-30", "sample_2019-07-03", "ep2014"])
def test_recorded_days_count_like_an_independent_count(tmp_path, shared_data: Path, name: str):
    posts, expected = [], Counter()
    with gzip.open(shared_data / f"{name}.ndjson.gz") as lines:
        for line in lines:
            recorded = json.loads(line)
            at, language = datetime.fromisoformat(recorded["created_at"]), normalise_language(recorded["lang"])
            keys = {fold(written): written for written in reversed(recorded["hashtags"])}
            posts.append(Post("", at, language, list(keys), list(keys.values())))
            for place in [Place(at.date(), of, key) for of in (language, "*") for key in ("", *keys)]:
                expected[place, "day"] += 1
                expected[place, at.hour] += 1
            expected[Place(at.date(), "*", ""), "minute", at.hour * 60 + at.minute] += 1
    count(tmp_path / COUNTS_FILE, posts)
    counted = Counter()
    with Snapshot(tmp_path / COUNTS_FILE) as snapshot:
        for day in snapshot.days():
            for language in snapshot.languages(day):
                for key, of_key in snapshot.counts(day, language):
                    place = Place(day, language, key)
                    counted[place, "day"] = of_key.posts
                    counted.update({(place, hour): posts for hour, posts in of_key.hours.items()})
                    counted.update({(place, "minute", minute): posts for minute, posts in of_key.minutes.items()})
    assert counted == expected
