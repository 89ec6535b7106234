"""Weeks, months, years and ranges of days, as addresses write them."""

from datetime import date

import pytest

from trendsite.queries.periods import Period, PeriodError, PeriodKind, parse_period, period_between, period_of


@pytest.mark.parametrize(
    ("kind", "text", "first", "last"),
    [
        ("week", "2026-W48", date(2026, 11, 23), date(2026, 11, 29)),
        ("week", "2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("week", "2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("month", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("year", "2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_read_and_written_alike(kind: PeriodKind, text: str, first: date, last: date) -> None:
    period = parse_period(kind, text)
    assert period == Period(kind, first, last)
    assert period.text == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [("week", "2026-W54"), ("week", "2026-W00"), ("week", "9999-W53"), ("month", "2026-13"), ("year", "0000")],
)
def test_a_period_that_does_not_exist_is_none(kind: PeriodKind, text: str) -> None:
    assert parse_period(kind, text) is None


def test_neighbours_are_of_the_same_kind() -> None:
    november = Period("month", date(2026, 11, 1), date(2026, 11, 30))
    assert [period.text for period in (november.earlier(), november.later()) if period] == ["2026-10", "2026-12"]
    days = Period("days", date(2026, 11, 3), date(2026, 11, 5))
    assert days.earlier() == Period("days", date(2026, 10, 31), date(2026, 11, 2))
    assert days.later() == Period("days", date(2026, 11, 6), date(2026, 11, 8))


def test_what_comes_before_is_equally_long() -> None:
    before = Period("month", date(2026, 11, 1), date(2026, 11, 30)).before()
    assert before == Period("days", date(2026, 10, 2), date(2026, 10, 31))


def test_the_calendar_has_ends() -> None:
    first, last = period_of("year", date.min), period_of("year", date.max)
    assert first
    assert last
    assert (first.earlier(), first.before(), last.later()) == (None, None, None)
    assert period_of("week", date.max) is None
    assert period_between(date.max, date.max).later() is None


def test_dates_of_a_whole_month_are_that_month() -> None:
    assert period_between(date(2026, 11, 1), date(2026, 11, 30)).kind == "month"
    assert period_between(date(2026, 11, 2), date(2026, 11, 8)).kind == "week"
    assert period_between(date(2024, 1, 1), date(2024, 12, 31)).kind == "year"
    assert period_between(date(2026, 11, 1), date(2026, 11, 29)).kind == "days"


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (date(2026, 1, 2), date(2026, 1, 1), "to: give a date that is not before from"),
        (date(2025, 1, 1), date(2026, 1, 2), "from, to: a range has at most 366 days, not 367"),
    ],
)
def test_dates_in_the_wrong_order_or_too_far_apart_are_refused(first: date, last: date, message: str) -> None:
    with pytest.raises(PeriodError, match=message):
        period_between(first, last)
