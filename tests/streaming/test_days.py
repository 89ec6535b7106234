from datetime import date

from contract.socket_protocol import DaySpan, StreamStatus
from streaming.days import QueryPlan, needed_from, next_plan, resumes_at

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)


def stream(days: dict[date, DaySpan], first_offset: int = 0) -> StreamStatus:
    return StreamStatus("test", first_offset, 10_000, None, days)


def test_nothing_is_counted_before_the_stream_has_a_day():
    assert next_plan(stream({}), done=set()) is None


def test_the_earliest_day_that_is_not_done_is_counted_first():
    three = stream({FIRST: DaySpan(0, 500), SECOND: DaySpan(400, 900), THIRD: DaySpan(850)})
    assert next_plan(three, done=set()) == QueryPlan(FIRST, 0, 0, 500)
    assert next_plan(three, done={FIRST}) == QueryPlan(SECOND, 400, 400, 900)
    assert next_plan(three, done={FIRST, SECOND}) == QueryPlan(THIRD, 850, 850, None)
    assert next_plan(three, done={FIRST, SECOND, THIRD}) is None


def test_a_query_starts_at_the_first_post_of_any_day_it_counts():
    days = {FIRST: DaySpan(300), SECOND: DaySpan(100)}
    assert next_plan(stream(days), done=set()) == QueryPlan(FIRST, 300, 100, None)


def test_a_late_first_post_of_an_earlier_day_is_counted_though_the_later_ones_before_it_are_gone():
    days = {FIRST: DaySpan(300), SECOND: DaySpan(100)}
    assert next_plan(stream(days, first_offset=250), done=set()) == QueryPlan(FIRST, 300, 250, None)
    gone = next_plan(stream(days, first_offset=350), done=set())
    assert (gone.first, gone.start) == (300, 300)


def test_what_is_counted_and_belongs_to_no_later_day_is_not_needed():
    plan = QueryPlan(FIRST, 0, 0, None)
    assert needed_from({FIRST: DaySpan(0)}, plan, committed=None) == 0
    assert needed_from({FIRST: DaySpan(0)}, plan, committed=700) == 700
    assert needed_from({FIRST: DaySpan(0), SECOND: DaySpan(650)}, plan, committed=700) == 650
    assert needed_from({FIRST: DaySpan(0), SECOND: DaySpan(800)}, plan, committed=700) == 700


def test_a_query_goes_on_where_it_left_off_and_a_new_one_at_the_first_post_of_its_day():
    plan = QueryPlan(FIRST, 300, 100, None)
    assert resumes_at(plan, None) == 300
    assert resumes_at(plan, 900) == 900
