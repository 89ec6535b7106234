import gzip
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from contract.post import fold
from streaming.counts import closed_day_counts, count_posts, largest_counts
from streaming.posts import SCHEMA

DAY = date(2026, 11, 22)


def counted(spark: SparkSession, rows: list[tuple], first_day: date = DAY) -> dict[tuple, int]:
    counts = count_posts(spark.createDataFrame(rows, SCHEMA), first_day)
    return {(row.day, row.language, row.key, row.spelling): row.posts for row in counts.collect()}


def test_a_post_counts_in_its_language_and_in_all(spark):
    counts = counted(spark, [(DAY, "en", ["cafe", "tea"], ["Cafe", "tea"])])
    assert counts == {
        (DAY, "en", "", ""): 1,
        (DAY, "*", "", ""): 1,
        (DAY, "en", "cafe", ""): 1,
        (DAY, "en", "tea", ""): 1,
        (DAY, "*", "cafe", ""): 1,
        (DAY, "*", "tea", ""): 1,
        (DAY, "*", "cafe", "Cafe"): 1,
        (DAY, "*", "tea", "tea"): 1,
    }


def test_a_post_without_hashtags_counts_as_a_post(spark):
    assert counted(spark, [(DAY, "en", [], None)]) == {(DAY, "en", "", ""): 1, (DAY, "*", "", ""): 1}


def test_hashtags_without_spellings_are_spelled_like_their_keys(spark):
    assert counted(spark, [(DAY, "en", ["tea"], None)])[DAY, "*", "tea", "tea"] == 1


def test_days_before_the_first_one_are_left_out(spark):
    rows = [(date(2026, 11, 21), "en", ["x"], ["x"]), (date(2026, 11, 23), "en", ["y"], ["y"])]
    assert {key for _, _, key, _ in counted(spark, rows)} == {"", "y"}


def test_the_largest_counts_keep_every_total(spark):
    rows = [(DAY, "en", [f"tag{number}"], [f"Tag{number}"]) for number in range(5) for _ in range(number + 1)]
    kept = largest_counts(count_posts(spark.createDataFrame(rows, SCHEMA), DAY), keep=2).collect()
    english = {row.key: row.posts for row in kept if row.language == "en"}
    assert english == {"": 15, "tag4": 5, "tag3": 4}


def test_a_closed_day_is_sorted_and_shows_the_preferred_spelling(spark):
    rows = [
        (DAY, "de", ["weltcup"], ["WeltCup"]),
        (DAY, "en", ["weltcup", "b"], ["weltcup", "b"]),
        (DAY, "en", ["a"], ["A"]),
        (date(2026, 11, 23), "en", ["a"], ["A"]),
    ]
    closed = closed_day_counts(count_posts(spark.createDataFrame(rows, SCHEMA), DAY), DAY)
    assert [tuple(row) for row in closed.collect()] == [
        ("*", "", "", 3),
        ("*", "weltcup", "WeltCup", 2),
        ("*", "a", "A", 1),
        ("*", "b", "b", 1),
        ("de", "", "", 1),
        ("de", "weltcup", "WeltCup", 1),
        ("en", "", "", 2),
        ("en", "a", "A", 1),
        ("en", "b", "b", 1),
        ("en", "weltcup", "WeltCup", 1),
    ]


@pytest.mark.parametrize("name", ["covid_2021-12-30", "sample_2019-07-03", "ep2014"])
def test_recorded_days_count_like_an_independent_count(spark, shared_data: Path, name: str):
    rows, expected = [], Counter()
    with gzip.open(shared_data / f"{name}.ndjson.gz") as lines:
        for line in lines:
            post = json.loads(line)
            day, language = datetime.fromisoformat(post["created_at"]).date(), post["lang"]
            spellings = {fold(written): written for written in reversed(post["hashtags"])}
            rows.append((day, language, list(spellings), list(spellings.values())))
            expected.update((day, of, key) for of in (language, "*") for key in ("", *spellings))
    table = pa.Table.from_pylist(
        [dict(zip(("day", "language", "hashtags", "spellings"), r, strict=True)) for r in rows]
    )
    counts = count_posts(spark.createDataFrame(table), min(row[0] for row in rows)).where("spelling = ''")
    assert {(row.day, row.language, row.key): row.posts for row in counts.collect()} == expected
