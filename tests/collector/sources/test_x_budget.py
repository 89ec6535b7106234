"""The monthly budget of posts, and the pauses between tries."""

from datetime import UTC, datetime

from collector.sources.x_budget import Budget
from collector.sources.x_client import XError
from collector.sources.x_waiting import seconds_to_wait

DECEMBER = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_budget_is_spent_across_restarts_and_new_each_month():
    budget = Budget(3, None)
    budget.receive(DECEMBER)
    budget.receive(DECEMBER)
    budget = Budget(3, budget.cursor)
    assert not budget.is_spent(DECEMBER)
    budget.receive(DECEMBER)
    assert budget.is_spent(DECEMBER)
    assert "goes on 2027-01-01 00:00 UTC" in budget.explain(DECEMBER)
    assert not budget.is_spent(JANUARY)
    assert budget.cursor == {"month": "2027-01", "received": 0}


def test_a_clock_that_steps_back_gives_no_new_budget():
    budget = Budget(1, None)
    budget.receive(JANUARY)
    assert budget.is_spent(DECEMBER)


def test_pauses_grow_to_a_bound_and_obey_the_rate_limit():
    assert [seconds_to_wait(XError("gone"), n, 0) for n in (1, 2, 3, 50)] == [1, 2, 4, 300]
    assert seconds_to_wait(XError("slow down", 429), 1, 0) == 60
    assert seconds_to_wait(XError("slow down", 429, reset_at=1_500), 1, 1_000) == 500
    assert seconds_to_wait(XError("who are you", 401), 1, 0) == 300
