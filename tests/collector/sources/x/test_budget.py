"""The budget of X: months, days, clocks that leap, and the project's cap."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.sources.x.budget import Budget, ProjectUsage, next_reset

DECEMBER = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_budget_is_spent_across_restarts_and_new_each_month():
    budget = Budget(3, None)
    budget.count_posts(1, DECEMBER)
    budget.count_posts(1, DECEMBER)
    budget = Budget(3, budget.cursor)
    assert not budget.is_spent(DECEMBER)
    budget.count_posts(1, DECEMBER)
    assert budget.is_spent(DECEMBER)
    assert "resumes on 2027-01-01 00:00 UTC" in budget.explain(DECEMBER)
    assert not budget.is_spent(JANUARY)
    budget.count_posts(1, JANUARY)
    assert budget.cursor["received_in"] == {"2026-12": 3, "2027-01": 1}


def test_a_clock_that_leaps_over_the_end_of_a_month_and_back_gives_no_budget_twice():
    budget = Budget(2, None)
    for moment in (DECEMBER, JANUARY, DECEMBER, JANUARY):
        assert not budget.is_spent(moment)
        budget.count_posts(1, moment)
    assert budget.is_spent(DECEMBER)
    assert budget.is_spent(JANUARY)


def test_a_clock_that_was_in_2099_for_a_moment_blocks_nothing_and_is_forgotten_in_time():
    budget = Budget(2, None)
    budget.count_posts(1, DECEMBER)
    for _ in range(2):
        budget.count_posts(1, datetime(2099, 1, 1, tzinfo=UTC))
    assert not budget.is_spent(DECEMBER)
    for month in range(1, 13):
        assert not budget.is_spent(datetime(2027, month, 1, tzinfo=UTC))
        budget.count_posts(1, datetime(2027, month, 1, tzinfo=UTC))
    assert list(budget.cursor["received_in"]) == [f"2027-{month:02}" for month in range(1, 13)]


def test_a_clock_behind_all_known_months_receives_nothing():
    budget = Budget(2, {"received_in": {"2026-12": 1}})
    assert budget.is_spent(datetime(1970, 1, 1, tzinfo=UTC))


def test_a_cursor_of_an_earlier_version_has_no_days_and_goes_on():
    budget = Budget(5, {"received_in": {"2026-12": 1}})
    budget.count_posts(2, DECEMBER)
    status = budget.status(DECEMBER)
    assert (status.month, status.today, status.limit, status.paused_until) == (3, 2, 5, None)
    assert budget.cursor == {"received_in": {"2026-12": 3}, "received_on": {"2026-12-31": 2}}


def test_the_days_in_a_cursor_are_bounded():
    budget = Budget(100, None)
    for day in range(30):
        budget.count_posts(1, JANUARY + timedelta(days=day))
    assert len(budget.cursor["received_on"]) == 7
    assert budget.status(JANUARY + timedelta(days=29)).today == 1


def test_a_spent_budget_reports_until_when_it_pauses():
    budget = Budget(3, None)
    budget.count_posts(3, DECEMBER)
    assert budget.status(DECEMBER).paused_until == JANUARY
    assert budget.status(JANUARY).paused_until is None


def test_posts_of_other_programs_use_up_the_cap_of_the_project_and_ours_count_on_top():
    budget = Budget(1_000, None)
    until = datetime(2027, 1, 25, tzinfo=UTC)
    budget.count_posts(10, DECEMBER)
    budget.on_usage(ProjectUsage(90, 100, until), DECEMBER)
    assert budget.room(DECEMBER) == 10
    budget.count_posts(10, DECEMBER)
    status = budget.status(DECEMBER)
    assert (status.month, status.project_used, status.project_cap) == (20, 100, 100)
    assert status.paused_until == until
    assert "X counts 100 of 100 posts" in budget.explain(DECEMBER)
    assert "resumes on 2027-01-25" in budget.explain(DECEMBER)
    assert not budget.is_spent(until)


def test_a_late_count_of_x_never_lowers_ours():
    budget = Budget(1_000, None)
    until = datetime(2027, 1, 1, tzinfo=UTC)
    budget.count_posts(30, DECEMBER)
    budget.on_usage(ProjectUsage(20, 100, until), DECEMBER)
    assert budget.status(DECEMBER).project_used == 30
    budget.on_usage(ProjectUsage(60, 100, until), DECEMBER)
    budget.on_usage(ProjectUsage(50, 100, until), DECEMBER)
    assert budget.status(DECEMBER).project_used == 60
    budget.on_usage(ProjectUsage(1, 100, datetime(2027, 2, 1, tzinfo=UTC)), JANUARY)
    assert budget.status(JANUARY).project_used == 1


def test_a_project_without_a_cap_limits_nothing():
    budget = Budget(10, None)
    budget.on_usage(ProjectUsage(1_000_000, 0, JANUARY), DECEMBER)
    status = budget.status(DECEMBER)
    assert (budget.room(DECEMBER), status.project_used, status.project_cap) == (10, 1_000_000, None)


@pytest.mark.parametrize(
    ("now", "day", "reset"),
    [
        ("2026-12-31T23:59:00", 1, "2027-01-01"),
        ("2026-12-24T00:00:00", 25, "2026-12-25"),
        ("2026-12-25T00:00:00", 25, "2027-01-25"),
        ("2027-02-27T00:00:00", 31, "2027-02-28"),
        ("2027-02-28T00:00:00", 31, "2027-03-31"),
    ],
)
def test_a_project_begins_anew_on_a_day_of_the_month(now, day, reset):
    assert next_reset(datetime.fromisoformat(now).replace(tzinfo=UTC), day) == datetime.fromisoformat(reset).replace(
        tzinfo=UTC
    )
