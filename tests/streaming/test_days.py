from datetime import date

from contract.socket_protocol import DaySpan
from streaming.days import QueryPlan, needed_from, next_plan

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)


def test_nothing_is_counted_before_the_stream_has_a_day():
    assert next_plan({}, done=set()) is None


def test_the_earliest_day_that_is_not_done_is_counted_first():
    days = {FIRST: DaySpan(0, 500), SECOND: DaySpan(400, 900), THIRD: DaySpan(850)}
    assert next_plan(days, done=set()) == QueryPlan(FIRST, 0, 500)
    assert next_plan(days, done={FIRST}) == QueryPlan(SECOND, 400, 900)
    assert next_plan(days, done={FIRST, SECOND}) == QueryPlan(THIRD, 850, None)
    assert next_plan(days, done={FIRST, SECOND, THIRD}) is None


def test_a_query_starts_at_the_first_post_of_any_day_it_counts():
    days = {FIRST: DaySpan(300), SECOND: DaySpan(100)}
    assert next_plan(days, done=set()) == QueryPlan(FIRST, 100, None)


def test_what_is_counted_and_belongs_to_no_later_day_is_not_needed():
    plan = QueryPlan(FIRST, 0, None)
    assert needed_from({FIRST: DaySpan(0)}, plan, committed=None) == 0
    assert needed_from({FIRST: DaySpan(0)}, plan, committed=700) == 700
    assert needed_from({FIRST: DaySpan(0), SECOND: DaySpan(650)}, plan, committed=700) == 650
    assert needed_from({FIRST: DaySpan(0), SECOND: DaySpan(800)}, plan, committed=700) == 700
