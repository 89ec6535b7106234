"""The calendar as it is drawn: weeks of months."""

from datetime import date, timedelta

from trendsite.pages.month_grid import months_of, one_grid
from trendsite.queries.past_days import ListedDay
from trendsite.queries.periods import Period


def dates(first: date, number: int) -> list[date]:
    return [first + timedelta(days=ago) for ago in range(number)]


def test_a_month_is_whole_weeks_but_for_its_ends() -> None:
    day = ListedDay(date(2026, 11, 3), "simulator", 1, final=True, winner=None)
    (november,) = months_of(dates(date(2026, 11, 1), 30), {day.date: day})
    assert november.first == date(2026, 11, 1)
    assert [(week.number, week.starts_on, len(week.cells)) for week in november.weeks] == [
        (44, 7, 1),
        (45, 1, 7),
        (46, 1, 7),
        (47, 1, 7),
        (48, 1, 7),
        (49, 1, 1),
    ]
    assert [cell.date for week in november.weeks for cell in week.cells if cell.day] == [day.date]
    assert november.weeks[0].period == Period("week", date(2026, 10, 26), date(2026, 11, 1))


def test_the_last_days_of_a_year_may_be_in_the_first_week_of_the_next() -> None:
    december, january = months_of(dates(date(2024, 12, 30), 4), {})
    assert [(week.number, len(week.cells)) for week in [*december.weeks, *january.weeks]] == [(1, 2), (1, 2)]


def test_a_few_days_are_one_grid_even_in_two_months() -> None:
    (grid,) = one_grid(dates(date(2026, 11, 30), 7), {})
    assert [(week.number, len(week.cells)) for week in grid.weeks] == [(49, 7)]
