"""Files of posts to closed days, on a real Spark."""

import random
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from contract.backfill import Conversion, posts_file, write_conversion
from contract.closed_day import closed_day_folder, closed_days
from contract.pairs import pairs_file
from contract.post import Post, encode_posts
from contract.race import Frame, append_frames, race_file, race_files
from streaming.jobs.backfill import DAYS, OpenDayError, backfill, replace_closed_days
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore

DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def session(spark: SparkSession) -> SparkSession:
    """A session whose settings are its own."""
    return spark.newSession()


def leave(folder: Path, *files: list[Post]) -> Path:
    """Leave files of posts as the collector does."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, posts in enumerate(files):
        posts_file(folder, number).write_bytes(encode_posts(posts))
    days = Counter(post.created_at.date() for posts in files for post in posts)
    write_conversion(folder, Conversion("made-up", dict(sorted(days.items())), {}))
    return folder


def made_up(count: int, seed: int = 1) -> list[Post]:
    """Posts of three days in no order, by many authors."""
    choice = random.Random(seed)
    posts = []
    for number in range(count):
        written = choice.sample(["Tea", "TEA", "cupOfTea", "CupOfTea", "Straße", f"rare{number}"], choice.randrange(4))
        spellings = list({spelling.casefold(): spelling for spelling in written}.values())
        moment = MIDNIGHT + timedelta(seconds=choice.randrange(3 * 86_400))
        keys = [spelling.casefold() for spelling in spellings]
        language, author = choice.choice(["en", "de", "ja"]), f"{choice.randrange(900):016x}"
        posts.append(Post(f"m:{number}", moment, language, keys, spellings, author))
    return posts


def count(session: SparkSession, data_dir: Path, source: str, folder: Path) -> list[date]:
    return backfill(session, data_dir, source, folder, lambda line: None)


def rows(folder: Path) -> list[dict]:
    return pq.ParquetFile(folder / "counts.parquet").read().to_pylist()


def hours_by_independent_count(posts: list[Post]) -> dict[tuple, list[int]]:
    counts: dict[tuple, list[int]] = {}
    for post in posts:
        for language in (post.lang, "*"):
            for key in ("", *post.hashtags):
                counts.setdefault((post.created_at.date(), language, key), [0] * 24)[post.created_at.hour] += 1
    return counts


def test_posts_of_many_days_in_any_order_become_complete_closed_days(session, tmp_path):
    posts = made_up(3_000)
    folder = leave(tmp_path / "f", posts[:1_000], posts[1_000:2_500], posts[2_500:])
    days = count(session, tmp_path, "made-up", folder)
    assert days == [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    assert [(source, day) for source, day, _ in closed_days(tmp_path)] == [("made-up", day) for day in days]
    found = {}
    for _, day, closed in closed_days(tmp_path):
        counted = rows(closed)
        assert counted == sorted(counted, key=lambda row: (row["language"], -row["posts"], row["key"]))
        assert all(row["posts"] == sum(row["hours"]) for row in counted)
        found |= {(day, row["language"], row["key"]): row["hours"] for row in counted}
    assert found == hours_by_independent_count(posts)


def test_the_order_of_posts_and_the_sizes_of_files_change_nothing(session, tmp_path):
    posts = made_up(3_000)
    count(session, tmp_path, "one", leave(tmp_path / "f", posts))
    shuffled = random.Random(2).sample(posts, len(posts))
    count(session, tmp_path, "other", leave(tmp_path / "f", shuffled[:50], shuffled[50:1_700], shuffled[1_700:]))
    for day in (DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)):
        one = rows(closed_day_folder(tmp_path, "one", day))
        assert rows(closed_day_folder(tmp_path, "other", day)) == one
        tea = next(row for row in one if (row["language"], row["key"]) == ("*", "tea"))
        assert tea["posts"] > 200
        assert tea["authors"] > 150


def test_hashtags_used_together_are_those_of_an_independent_count(session, tmp_path):
    choice = random.Random(3)
    posts = [
        Post(f"m:{number}", MIDNIGHT + timedelta(hours=choice.randrange(48)), "en", choice.sample("abcdef", number % 5))
        for number in range(1_000)
    ]
    count(session, tmp_path, "made-up", leave(tmp_path / "f", posts[:300], posts[300:]))
    right = Counter(
        (post.created_at.date(), one, other)
        for post in posts
        for one in post.hashtags
        for other in post.hashtags
        if one != other
    )
    found = {
        (day, row["key"], row["partner"]): (row["least"], row["most"])
        for _, day, closed in closed_days(tmp_path)
        for row in pq.read_table(pairs_file(closed)).to_pylist()
    }
    assert found == {pair: (posts, posts) for pair, posts in right.items()}


def test_of_posts_with_the_same_id_only_the_first_counts(session, tmp_path):
    def post(number: int, key: str, day: int = 0) -> Post:
        return Post(f"m:{number}", MIDNIGHT + timedelta(days=day), "en", [key], [key])

    files = [
        [post(1, "a"), post(2, "b"), post(1, "x")],
        [post(2, "x"), post(1, "x", day=1)],
        [post(3, "c"), post(3, "x")],
    ]
    assert count(session, tmp_path, "made-up", leave(tmp_path / "f", *files)) == [DAY]
    counted = {
        row["key"]: row["posts"] for row in rows(closed_day_folder(tmp_path, "made-up", DAY)) if row["language"] == "en"
    }
    assert counted == {"": 3, "a": 1, "b": 1, "c": 1}


def test_a_day_is_replaced_as_a_whole_and_no_other_is_touched(session, tmp_path):
    for source, day in (("made-up", DAY), ("made-up", date(2026, 1, 1)), ("other", DAY)):
        folder = closed_day_folder(tmp_path, source, day)
        folder.mkdir(parents=True)
        (folder / "old").touch()
        append_frames(race_file(tmp_path, source, day), [Frame(MIDNIGHT, "*", 1, [])])
    (tmp_path / "closed" / "made-up" / ".2026-11-19.replaced").mkdir()
    count(session, tmp_path, "made-up", leave(tmp_path / "f", made_up(20)))
    old = sorted(path.parent.relative_to(tmp_path / "closed").as_posix() for path in tmp_path.rglob("old"))
    assert old == ["made-up/2026-01-01", "other/2026-11-20"]
    races = [f"{source}/{day.isoformat()}" for source, day, _ in race_files(tmp_path)]
    assert races == old, "a race goes with the counts that it was recorded of"
    assert rows(closed_day_folder(tmp_path, "made-up", DAY))
    assert list((tmp_path / "closed" / "made-up").glob(".*")) == []


@pytest.mark.parametrize(
    ("live", "first", "others"),
    [
        ("0001-01-01", DAY, ", one of 3 such days in these recordings"),
        ("2026-11-20", DAY, ", one of 3 such days in these recordings"),
        ("2026-11-22", "2026-11-22", ""),
    ],
)
def test_days_that_are_still_counted_live_are_refused_by_name(session, tmp_path, live, first, others):
    store = CountsStore(tmp_path / "counts" / "made-up" / COUNTS_FILE)
    store.begin(0, date.fromisoformat(live))
    store.close()
    folder = leave(tmp_path / "f", made_up(20))
    message = f"{first} of made-up is still being counted{others}: start .* end"
    with pytest.raises(OpenDayError, match=message):
        count(session, tmp_path, "made-up", folder)
    assert closed_days(tmp_path) == []
    assert len(count(session, tmp_path, "another-name", folder)) == 3


def test_a_day_that_was_written_just_before_a_stop_is_not_open(session, tmp_path):
    store = CountsStore(tmp_path / "counts" / "made-up" / COUNTS_FILE)
    store.begin(0, DAY)
    store.close()
    for day in (DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)):
        closed_day_folder(tmp_path, "made-up", day).mkdir(parents=True)
    assert len(count(session, tmp_path, "made-up", leave(tmp_path / "f", made_up(20)))) == 3


def test_days_before_the_open_ones_are_counted(session, tmp_path):
    store = CountsStore(tmp_path / "counts" / "made-up" / COUNTS_FILE)
    store.begin(0, DAY + timedelta(days=3))
    store.close()
    assert len(count(session, tmp_path, "made-up", leave(tmp_path / "f", made_up(20)))) == 3


def test_a_run_killed_while_writing_days_is_repeated_with_the_same_result(session, tmp_path):
    posts = made_up(600)
    folder = leave(tmp_path / "f", *[posts[start : start + 50] for start in range(0, 600, 50)])
    said = []

    def killed(line: str) -> None:
        said.append(line)
        if line.startswith("wrote"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill(session, tmp_path, "made-up", folder, killed)
    assert said == ["counted 8 of 12 files", "counted 12 of 12 files", f"wrote {DAY}"]
    assert closed_days(tmp_path) == []
    days = count(session, tmp_path, "made-up", folder)
    assert sum(rows(closed_day_folder(tmp_path, "made-up", day))[0]["posts"] for day in days) == 600
    assert not list((folder / DAYS).iterdir())


def test_a_run_killed_while_renaming_days_renames_the_others_later(tmp_path):
    old = closed_day_folder(tmp_path, "made-up", DAY)
    old.mkdir(parents=True)
    old.rename(old.with_name(f".{old.name}.replaced"))
    for day in (DAY, DAY + timedelta(days=1)):
        (tmp_path / "f" / DAYS / day.isoformat()).mkdir(parents=True)
    assert replace_closed_days(tmp_path / "f" / DAYS, tmp_path, "made-up") == [DAY, DAY + timedelta(days=1)]
    assert [day for _, day, _ in closed_days(tmp_path)] == [DAY, DAY + timedelta(days=1)]
    assert list((tmp_path / "closed" / "made-up").glob(".*")) == []


def test_an_incomplete_folder_is_refused(session, tmp_path):
    folder = leave(tmp_path / "f", made_up(20))
    (folder / "conversion.json").unlink()
    with pytest.raises(FileNotFoundError):
        count(session, tmp_path, "made-up", folder)
