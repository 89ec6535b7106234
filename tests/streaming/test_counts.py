import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from contract.closed_day import HOURS
from contract.language import normalise_language
from contract.post import Post, encode_posts, fold
from streaming.counts import closed_day_counts, count_posts, counts_of_state, largest_counts, readable
from streaming.occurrences import FIRST_MINUTE, WHOLE_DAY, occurrences
from streaming.posts import parse

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def post(*hashtags: str, at: datetime = NOON, language: str = "en", author: str | None = None) -> Post:
    return Post("a:1", at, language, [fold(hashtag) for hashtag in hashtags], list(hashtags), author)


def counted(spark: SparkSession, posts: Iterable[Post], first_day: date = DAY) -> DataFrame:
    return readable(count_posts(spark.createDataFrame(occurrences(parse(encode_posts(list(posts))))), first_day))


def closed(spark: SparkSession, posts: Iterable[Post]) -> list[tuple]:
    return [tuple(row) for row in closed_day_counts(counted(spark, posts), DAY).collect()]


def hours(**posts: int) -> list[int]:
    """24 counts: ``h12=3`` is three posts from 12:00 on."""
    return [posts.get(f"h{hour}", 0) for hour in range(HOURS)]


def test_days_before_the_first_one_are_left_out(spark):
    day = timedelta(days=1)
    rows = counted(spark, [post("x", at=NOON - day), post("y", at=NOON), post("z", at=NOON + day)]).collect()
    assert {(row.day, row.key) for row in rows} == {(DAY, ""), (DAY, "y"), (NEXT, ""), (NEXT, "z")}


def test_a_days_total_tells_the_latest_moment(spark):
    rows = counted(spark, [post("x"), post("x", at=NOON + timedelta(hours=1), language="de")]).collect()
    moments = {row.language: row.moment for row in rows if row.moment}
    assert moments["*"].astimezone(UTC) == moments["de"].astimezone(UTC) == NOON + timedelta(hours=1)
    assert moments["en"].astimezone(UTC) == NOON


def test_authors_count_once_and_are_unknown_where_nobody_tells_them(spark):
    posts = [post("tea", author=f"{number % 7:016x}") for number in range(50)] + [post("cafe"), post("cafe")]
    authors = {row.key: row.authors for row in counted(spark, posts).collect() if row.language == "en" and row.slot < 0}
    assert authors == {"": None, "tea": 7, "cafe": None}


def test_many_authors_are_told_within_a_few_percent(spark):
    posts = [post("tea", author=f"{random.Random(number).getrandbits(64):016x}") for number in range(5_000)]
    (tea,) = [row for row in counted(spark, posts).collect() if (row.language, row.key, row.slot) == ("en", "tea", -1)]
    assert tea.posts == 5_000
    assert abs(tea.authors - 5_000) < 5_000 * 3 * 0.033
    assert tea.authors <= tea.posts


def test_the_largest_counts_keep_every_total(spark):
    posts = [post(f"Tag{number}") for number in range(5) for _ in range(number + 1)]
    kept = largest_counts(counted(spark, posts), keep=2).collect()
    for slot in (WHOLE_DAY, 12):
        english = {row.key: row.posts for row in kept if (row.language, row.slot) == ("en", slot)}
        assert english == {"": 15, "tag4": 5, "tag3": 4}
    assert [row.posts for row in kept if row.slot == FIRST_MINUTE + 12 * 60] == [15]


def test_a_closed_day_is_sorted_shows_the_preferred_spelling_and_its_hours(spark):
    posts = [
        post("WeltCup", language="de", author="a1", at=NOON - timedelta(hours=3)),
        post("weltcup", "b", author="b2"),
        post("A"),
        post("A", at=NOON + timedelta(days=1)),
    ]
    assert closed(spark, posts) == [
        ("*", "", "", 3, None, hours(h9=1, h12=2), {9 * 60: 1, 12 * 60: 2}),
        ("*", "weltcup", "WeltCup", 2, 2, hours(h9=1, h12=1), None),
        ("*", "a", "A", 1, None, hours(h12=1), None),
        ("*", "b", "b", 1, 1, hours(h12=1), None),
        ("de", "", "", 1, None, hours(h9=1), None),
        ("de", "weltcup", "WeltCup", 1, 1, hours(h9=1), None),
        ("en", "", "", 2, None, hours(h12=2), None),
        ("en", "a", "A", 1, None, hours(h12=1), None),
        ("en", "b", "b", 1, 1, hours(h12=1), None),
        ("en", "weltcup", "WeltCup", 1, 1, hours(h12=1), None),
    ]


def test_the_minutes_of_a_closed_day_are_in_order_and_all_there(spark):
    moments = [NOON + timedelta(minutes=7 * number) for number in (50, 0, 100, 3, 3)]
    counts = counted(spark, [post("tea", at=at) for at in moments])
    everything, *others = closed_day_counts(counts, DAY).toArrow()["minutes"].to_pylist()
    assert everything == [(720, 1), (741, 2), (1_070, 1), (1_420, 1)]
    assert set(others) == {None}


def test_a_state_is_read_whatever_its_columns_were_called_when_its_checkpoint_began(spark):
    counts = count_posts(spark.createDataFrame(occurrences(parse(encode_posts([post("tea", author="ann")])))), DAY)
    renamed = counts.withColumnRenamed("slot", "hour").withColumnRenamed("authors", "buf")
    key = F.struct("day", "language", "key", "spelling", "hour").alias("key")
    state = renamed.select(key, F.struct("posts", "buf", "moment").alias("value"))
    assert sorted(readable(counts_of_state(state)).collect()) == sorted(readable(counts).collect())


def test_minutes_that_were_not_counted_all_day_are_unknown(spark):
    before, after = [post("tea")], [post("tea", at=NOON + timedelta(minutes=1))]
    uncounted = count_posts(spark.createDataFrame(occurrences(parse(encode_posts(before)))), DAY).where("slot < 24")
    counted_since = count_posts(spark.createDataFrame(occurrences(parse(encode_posts(after)))), DAY)
    state = readable(uncounted.unionByName(counted_since)).groupBy("day", "language", "key", "spelling", "slot")
    both = state.agg({"posts": "sum", "authors": "max"}).withColumnsRenamed(
        {"sum(posts)": "posts", "max(authors)": "authors"}
    )
    everything = closed_day_counts(both, DAY).collect()[0]
    assert (everything.posts, everything.minutes) == (2, None)


@pytest.mark.parametrize("name", ["covid_2021-12-30", "sample_2019-07-03", "ep2014"])
def test_recorded_days_count_like_an_independent_count(spark, shared_data: Path, name: str):
    tables, batch, expected = [], [], Counter()
    with gzip.open(shared_data / f"{name}.ndjson.gz") as lines:
        for line in lines:
            recorded = json.loads(line)
            at, language = datetime.fromisoformat(recorded["created_at"]), normalise_language(recorded["lang"])
            keys = {fold(written): written for written in reversed(recorded["hashtags"])}
            batch.append(Post("", at, language, list(keys), list(keys.values())))
            where = [(at.date(), of, slot) for of in (language, "*") for slot in (WHOLE_DAY, at.hour)]
            expected.update((day, of, slot, key) for day, of, slot in where for key in ("", *keys))
            expected[at.date(), "*", FIRST_MINUTE + at.hour * 60 + at.minute, ""] += 1
    for start in range(0, len(batch), 5_000):
        tables.append(occurrences(parse(encode_posts(batch[start : start + 5_000]))))
    first_day = min(post.created_at.date() for post in batch)
    counts = count_posts(spark.createDataFrame(pa.concat_tables(tables)), first_day).where("spelling = ''")
    assert {(row.day, row.language, row.slot, row.key): row.posts for row in counts.collect()} == expected
