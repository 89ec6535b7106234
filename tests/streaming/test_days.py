from datetime import date

import pytest

from contract.socket_protocol import DaySpan, StreamStatus
from streaming.days import begins_at, counted_to_the_end, first_open_day, releasable, waiting_days

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
SPANS = {FIRST: DaySpan(0, 500), SECOND: DaySpan(400, 900), THIRD: DaySpan(850)}


def stream(days: dict[date, DaySpan]) -> StreamStatus:
    return StreamStatus("test", 0, 10_000, None, days)


def test_the_days_that_are_not_done_wait_earliest_first():
    days = stream({THIRD: SPANS[THIRD], FIRST: SPANS[FIRST], SECOND: SPANS[SECOND]})
    assert list(waiting_days(days, done=set())) == [FIRST, SECOND, THIRD]
    assert waiting_days(days, done={FIRST}) == {SECOND: SPANS[SECOND], THIRD: SPANS[THIRD]}
    assert waiting_days(days, done=set(), first_day=THIRD) == {THIRD: SPANS[THIRD]}
    assert waiting_days(stream({}), done=set()) == {}


def test_a_day_is_counted_to_its_end_once_it_is_closed_and_all_of_it_is_counted():
    assert [counted_to_the_end(SPANS, counted) for counted in (0, 499, 500, 899, 900, 10_000)] == [
        [],
        [],
        [FIRST],
        [FIRST],
        [FIRST, SECOND],
        [FIRST, SECOND],
    ]


def test_counting_begins_with_the_first_post_of_any_day_that_waits():
    assert begins_at(SPANS, stream(SPANS)) == 0
    assert begins_at({SECOND: SPANS[SECOND], THIRD: SPANS[THIRD]}, stream(SPANS)) == 400
    assert begins_at({FIRST: DaySpan(300), SECOND: DaySpan(100)}, stream(SPANS)) == 100
    assert begins_at({}, stream(SPANS)) == 10_000


def test_no_post_counts_in_a_day_that_is_done_or_before_one():
    assert first_open_day(stream(SPANS), done={FIRST}) == SECOND
    assert first_open_day(stream(SPANS), done={FIRST, SECOND}) == THIRD


def test_a_late_post_may_be_the_first_of_an_earlier_day_where_the_stream_begins():
    assert first_open_day(stream(SPANS), done=set()) == date.min


def test_where_the_collector_has_forgotten_days_those_before_its_first_are_done():
    forgotten = {SECOND: SPANS[SECOND], THIRD: SPANS[THIRD]}
    assert first_open_day(stream(forgotten), done=set()) == SECOND


@pytest.mark.parametrize(
    ("waiting", "counted", "released"),
    [
        (SPANS, 300, 300),
        (SPANS, 9_000, 500),
        ({SECOND: SPANS[SECOND], THIRD: SPANS[THIRD]}, 9_000, 900),
        ({THIRD: SPANS[THIRD]}, 9_000, 9_000),
        ({}, 9_000, 9_000),
    ],
)
def test_what_is_counted_is_not_needed_but_for_the_end_of_a_closed_day_that_is_not_done(waiting, counted, released):
    assert releasable(waiting, counted) == released
