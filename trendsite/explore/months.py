"""Days in months of weeks, as a calendar lays them out. Pure."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from trendsite.history.days import ListedDay


@dataclass(frozen=True)
class Cell:
    """One date of a month; ``day`` is None where nothing is known of it."""

    date: date
    day: ListedDay | None


@dataclass(frozen=True)
class Month:
    """A month from its first date to its last; ``starts_on`` is the first one's weekday, 1 for Monday."""

    first: date
    starts_on: int
    cells: list[Cell]


def months_of(days: Iterable[ListedDay]) -> list[Month]:
    """Return each month that has a day, newest first."""
    in_order = sorted(days, key=lambda day: day.date)
    by_month = groupby(in_order, key=lambda day: day.date.replace(day=1))
    return [_month(first, list(of_month)) for first, of_month in by_month][::-1]


def _month(first: date, days: list[ListedDay]) -> Month:
    by_date = {day.date: day for day in days}
    dates = [first.replace(day=number) for number in range(1, monthrange(first.year, first.month)[1] + 1)]
    return Month(first, first.isoweekday(), [Cell(date, by_date.get(date)) for date in dates])
