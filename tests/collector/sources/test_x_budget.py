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
    budget.receive(JANUARY)
    assert budget.cursor == {"received_in": {"2026-12": 3, "2027-01": 1}}


def test_a_clock_that_leaps_over_the_end_of_a_month_and_back_gives_no_budget_twice():
    budget = Budget(2, None)
    for moment in (DECEMBER, JANUARY, DECEMBER, JANUARY):
        assert not budget.is_spent(moment)
        budget.receive(moment)
    assert budget.is_spent(DECEMBER)
    assert budget.is_spent(JANUARY)


def test_a_clock_that_was_in_2099_for_a_moment_blocks_nothing_and_is_forgotten_in_time():
    budget = Budget(2, None)
    budget.receive(DECEMBER)
    for _ in range(2):
        budget.receive(datetime(2099, 1, 1, tzinfo=UTC))
    assert not budget.is_spent(DECEMBER)
    for month in range(1, 13):
        assert not budget.is_spent(datetime(2027, month, 1, tzinfo=UTC))
        budget.receive(datetime(2027, month, 1, tzinfo=UTC))
    assert list(budget.cursor["received_in"]) == [f"2027-{month:02}" for month in range(1, 13)]


def test_a_clock_behind_every_month_known_gives_nothing():
    budget = Budget(2, {"received_in": {"2026-12": 1}})
    assert budget.is_spent(datetime(1970, 1, 1, tzinfo=UTC))


def test_pauses_grow_to_a_bound_and_obey_the_rate_limit():
    assert [seconds_to_wait(XError("gone"), n, 0) for n in (1, 2, 3, 50)] == [1, 2, 4, 300]
    assert seconds_to_wait(XError("slow down", 429), 1, 0) == 60
    assert seconds_to_wait(XError("slow down", 429, reset_at=1_500), 1, 1_000) == 500
    hours_behind = seconds_to_wait(XError("slow down", 429, reset_at=20_000), 1, 1_000)
    assert hours_behind == 900
    assert seconds_to_wait(XError("who are you", 401), 1, 0) == 300
