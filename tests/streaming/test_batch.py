from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from contract.post import Post, encode_posts
from streaming.batch import SCHEMA, BrokenBatchError, DayLanguage, batch_of, batch_rows
from streaming.posts import parse

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def rows(start: int, end: int, *posts: Post) -> pa.Table:
    """What the task of [start, end) sends."""
    told = batch_rows(parse(encode_posts(list(posts))) if posts else None, start, end)
    assert told.schema == SCHEMA
    return told


def post(key: str, at: datetime = NOON) -> Post:
    return Post("a:1", at, "en", [key], [key.title()])


def test_a_batch_tells_its_bytes_its_clock_and_what_it_adds_where():
    batch = batch_of(rows(100, 250, post("tea"), post("tea", NOON + timedelta(minutes=61))))
    assert (batch.start, batch.end, batch.clock) == (100, 250, NOON + timedelta(minutes=61))
    once_an_hour = [(12, None, "", 1, None), (13, None, "", 1, None)]
    assert batch.additions == {
        DayLanguage(DAY, "en"): {"": once_an_hour, "tea": once_an_hour},
        DayLanguage(DAY, "*"): {
            "": [(12, 0, "", 1, None), (13, 1, "", 1, None)],
            "tea": [(12, None, "Tea", 1, None), (13, None, "Tea", 1, None)],
        },
    }


def test_the_posts_of_several_tasks_are_one_batch_in_whatever_order_they_come():
    later = NOON + timedelta(hours=1)
    parts = rows(250, 300, post("tea")), rows(100, 250, post("tea", later)), rows(300, 310)
    batch = batch_of(pa.concat_tables(parts))
    assert (batch.start, batch.end, batch.clock) == (100, 310, later)
    assert sorted(batch.additions[DayLanguage(DAY, "en")]["tea"]) == [(12, None, "", 1, None), (13, None, "", 1, None)]


def test_a_post_counts_in_the_utc_day_and_hour_that_it_was_made_in():
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    batch = batch_of(rows(0, 9, post("x", midnight - timedelta(microseconds=1)), post("x", midnight)))
    assert [(at.day, tags["x"][0][0]) for at, tags in batch.additions.items() if at.language == "en"] == [
        (DAY, 23),
        (NEXT, 0),
    ]
    before_1970 = batch_of(rows(0, 9, post("x", datetime(1969, 12, 31, 23, tzinfo=UTC)))).additions
    assert before_1970[DayLanguage(date(1969, 12, 31), "en")]["x"] == [(23, None, "", 1, None)]


def test_a_task_in_whose_bytes_no_line_begins_adds_nothing_and_its_bytes_are_told():
    batch = batch_of(rows(100, 250))
    assert (batch.start, batch.end, batch.clock, batch.additions) == (100, 250, None, {})


@pytest.mark.parametrize("stretches", [[(0, 5), (6, 9)], [(0, 5), (4, 9)], []])
def test_what_is_not_one_stretch_of_the_stream_is_no_batch(stretches: list[tuple[int, int]]):
    parts = [rows(start, end) for start, end in stretches] or [SCHEMA.empty_table()]
    with pytest.raises(BrokenBatchError, match="a batch of the bytes"):
        batch_of(pa.concat_tables(parts))
