"""A calendar to draw: months of weeks of dates, each with its day if there is one. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from trendsite.queries.past_days import ListedDay
from trendsite.queries.periods import Period, period_of
from trendsite.queries.range_summary import DayOfRange

AnyDay = ListedDay | DayOfRange


@dataclass(frozen=True)
class Cell:
    """One date; ``day`` is None if no source has it."""

    date: date
    day: AnyDay | None


@dataclass(frozen=True)
class Week:
    """The shown dates of an ISO week; ``starts_on`` is the weekday of the first, 1 for Monday."""

    number: int
    period: Period | None
    starts_on: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Month:
    """The shown weeks of a month, which ``first`` lies in."""

    first: date
    weeks: Sequence[Week]


def months_of(dates: Iterable[date], days: Mapping[date, AnyDay]) -> list[Month]:
    """Return the months of some dates in order."""
    return [Month(of_month[0], _weeks(of_month, days)) for of_month in _runs(dates, lambda day: day.replace(day=1))]


def one_grid(dates: Iterable[date], days: Mapping[date, AnyDay]) -> list[Month]:
    """Return some dates as one grid, even if they lie in two months."""
    shown = list(dates)
    return [Month(shown[0], _weeks(shown, days))]


def _weeks(dates: Iterable[date], days: Mapping[date, AnyDay]) -> list[Week]:
    of_weeks = _runs(dates, lambda day: day.isocalendar()[:2])
    return [
        Week(
            of_week[0].isocalendar().week,
            period_of("week", of_week[0]),
            of_week[0].isoweekday(),
            [Cell(day, days.get(day)) for day in of_week],
        )
        for of_week in of_weeks
    ]


def _runs(dates: Iterable[date], key: Callable[[date], object]) -> list[list[date]]:
    return [list(run) for _, run in groupby(dates, key)]
