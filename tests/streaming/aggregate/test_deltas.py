"""Posts -> rows of deltas -> a micro-batch."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from contract.post import Post, encode_posts
from streaming.aggregate.deltas import (
    AUTHOR_BYTES,
    BATCH_SCHEMA,
    DELTA_SCHEMA,
    BrokenBatchError,
    CountScope,
    batch_of,
    batch_rows,
    delta_rows,
)
from streaming.source.lines import parse

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = int(NOON.timestamp()) // 3600


def of(*posts: Post) -> pa.Table:
    rows = delta_rows(parse(encode_posts(list(posts))))
    assert rows.schema == DELTA_SCHEMA
    rows.validate(full=True)
    return rows


def summed(rows: pa.Table) -> Counter:
    """The sums of the rows of counts, by (hour, minute, language, key, spelling)."""
    counts: Counter = Counter()
    for row in rows.filter(pc.is_null(rows["partner"])).to_pylist():
        counts[row["hour"], row["minute"], row["language"], row["key"], row["spelling"]] += row["posts"]
    return counts


def authors(rows: pa.Table, language: str) -> dict[str, set[bytes] | None]:
    """The author hashes of each hashtag of a language; None if it has none."""
    found: dict[str, set[bytes] | None] = {}
    for row in rows.to_pylist():
        if row["key"] and row["language"] == language:
            known = row["authors"] or b""
            parts = {known[place : place + AUTHOR_BYTES] for place in range(0, len(known), AUTHOR_BYTES)}
            assert len(parts) * AUTHOR_BYTES == len(known), "a row has each hash once"
            found[row["key"]] = parts | (found.get(row["key"]) or set()) or None
    return found


def post(*hashtags: str, at: datetime = NOON, language: str = "en", author: str | None = None) -> Post:
    return Post("a:1", at, language, [hashtag.casefold() for hashtag in hashtags], list(hashtags), author)


def test_a_post_counts_in_its_language_and_in_all():
    assert summed(of(post("Cafe", "tea"))) == {
        (HOUR, None, "en", "", ""): 1,
        (HOUR, 0, "*", "", ""): 1,
        (HOUR, None, "en", "cafe", ""): 1,
        (HOUR, None, "*", "cafe", "Cafe"): 1,
        (HOUR, None, "en", "tea", ""): 1,
        (HOUR, None, "*", "tea", "tea"): 1,
    }


def test_a_post_without_hashtags_counts_as_a_post():
    assert summed(of(post())) == {(HOUR, None, "en", "", ""): 1, (HOUR, 0, "*", "", ""): 1}


def test_hashtags_without_spellings_are_spelled_like_their_keys():
    lines = b'{"created_at":"2026-11-22T12:00:00Z","lang":"en","hashtags":["tea","cafe"]}\n'
    other = b'{"created_at":"2026-11-22T12:00:00Z","lang":"en","hashtags":["tea"],"spellings":["Tea","odd"]}\n'
    spelled = Counter()
    for row in delta_rows(parse(lines + other)).to_pylist():
        spelled[row["key"], row["spelling"]] += row["posts"] if row["spelling"] else 0
    assert +spelled == {("tea", "tea"): 2, ("cafe", "cafe"): 1}


def test_the_last_microsecond_of_a_day_is_in_its_last_hour():
    last = MIDNIGHT - timedelta(microseconds=1)
    counts = summed(of(post("x", at=last), post("x", at=MIDNIGHT)))
    assert (counts[HOUR + 11, None, "en", "x", ""], counts[HOUR + 12, None, "en", "x", ""]) == (1, 1)
    assert (counts[HOUR + 11, 59, "*", "", ""], counts[HOUR + 12, 0, "*", "", ""]) == (1, 1)


def test_the_rows_of_a_hashtag_have_each_author_once_and_other_rows_have_none():
    rows = of(post("x", author="ann"), post("x", author="ann"), post("x", author="bob"), post("x"), post("y"))
    for language in ("en", "*"):
        hashes = authors(rows, language)
        assert (len(hashes["x"]), hashes["y"]) == (2, None)
    assert authors(rows, "en") == authors(rows, "*")
    assert all(row["authors"] is None for row in rows.to_pylist() if not row["key"])


def test_an_author_has_the_same_hash_in_every_batch():
    one, other = of(post("x", author="ann")), of(post("y", author="bob"), post("x", author="ann"))
    assert authors(one, "en")["x"] == authors(other, "en")["x"]


def test_many_posts_of_one_place_are_one_row():
    assert of(*[post() for _ in range(1_000)]).num_rows == 2
    assert of(*[post("Tea", author=f"a{number % 9}") for number in range(1_000)]).num_rows == 4


def test_all_posts_in_all_languages_are_counted_by_minute_from_the_first_of_the_day_to_its_last():
    first, last = MIDNIGHT - timedelta(days=1), MIDNIGHT - timedelta(seconds=0.1)
    counts = summed(of(post("x", at=first), post(at=first + timedelta(seconds=59)), post(at=last, language="de")))
    minutes = {counted: posts for counted, posts in counts.items() if counted[1] is not None}
    assert minutes == {(HOUR - 12, 0, "*", "", ""): 2, (HOUR + 11, 59, "*", "", ""): 1}


def rows(start: int, end: int, *posts: Post) -> pa.Table:
    """The rows that the task of [start, end) sends."""
    sent = batch_rows(parse(encode_posts(list(posts))) if posts else None, start, end)
    assert sent.schema == BATCH_SCHEMA
    return sent


def test_a_batch_has_its_range_its_clock_and_its_deltas():
    batch = batch_of(rows(100, 250, post("Tea"), post("Tea", at=NOON + timedelta(minutes=61))))
    assert (batch.start, batch.end, batch.clock) == (100, 250, NOON + timedelta(minutes=61))
    once_an_hour = [(12, None, "", 1, None), (13, None, "", 1, None)]
    assert batch.deltas == {
        CountScope(DAY, "en"): {"": once_an_hour, "tea": once_an_hour},
        CountScope(DAY, "*"): {
            "": [(12, 0, "", 1, None), (13, 1, "", 1, None)],
            "tea": [(12, None, "Tea", 1, None), (13, None, "Tea", 1, None)],
        },
    }


def test_what_a_task_sends_takes_two_thirds_of_its_rows_at_most():
    posts = [post(f"Tag{n % 700}", at=NOON + timedelta(seconds=n), author=f"author {n}") for n in range(3_000)]
    table = parse(encode_posts(posts))
    (deltas,) = batch_rows(table, 0, 1)["deltas"]
    assert 0 < len(deltas.as_buffer()) < delta_rows(table).nbytes * 2 / 3


def test_the_rows_of_several_tasks_are_one_batch_in_any_order():
    later = NOON + timedelta(hours=1)
    parts = rows(250, 300, post("Tea")), rows(100, 250, post("Tea", at=later)), rows(300, 310)
    batch = batch_of(pa.concat_tables(parts))
    assert (batch.start, batch.end, batch.clock) == (100, 310, later)
    assert sorted(batch.deltas[CountScope(DAY, "en")]["tea"]) == [(12, None, "", 1, None), (13, None, "", 1, None)]


def test_a_post_counts_in_the_utc_day_and_hour_of_its_event_time():
    batch = batch_of(rows(0, 9, post("x", at=MIDNIGHT - timedelta(microseconds=1)), post("x", at=MIDNIGHT)))
    assert [(at.day, tags["x"][0][0]) for at, tags in batch.deltas.items() if at.language == "en"] == [
        (DAY, 23),
        (NEXT, 0),
    ]
    before_1970 = batch_of(rows(0, 9, post("x", at=datetime(1969, 12, 31, 23, tzinfo=UTC)))).deltas
    assert before_1970[CountScope(date(1969, 12, 31), "en")]["x"] == [(23, None, "", 1, None)]


def test_a_task_without_a_line_sends_its_range_and_no_deltas():
    batch = batch_of(rows(100, 250))
    assert (batch.start, batch.end, batch.clock, batch.deltas) == (100, 250, None, {})


@pytest.mark.parametrize("ranges", [[(0, 5), (6, 9)], [(0, 5), (4, 9)], []])
def test_rows_that_do_not_cover_one_continuous_range_are_refused(ranges: list[tuple[int, int]]):
    parts = [rows(start, end) for start, end in ranges] or [BATCH_SCHEMA.empty_table()]
    with pytest.raises(BrokenBatchError, match="a batch of the bytes"):
        batch_of(pa.concat_tables(parts))
