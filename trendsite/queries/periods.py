"""Periods of whole UTC days: an ISO week, a month, a year, or any days from one date to another. Pure."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Literal

MOST_DAYS = 366
"""How many days a period may have. A year fits."""

PeriodKind = Literal["week", "month", "year", "days"]

_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_YEAR = re.compile(r"\d{4}")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The days from ``first`` to ``last``, both included. ``kind`` says how an address writes them."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    @property
    def dates(self) -> list[date]:
        """Every date, oldest first."""
        return [self.first + timedelta(days=number) for number in range(self.days)]

    @property
    def text(self) -> str:
        """As in an address: ``2026-W48``, ``2026-11``, ``2026``; any days are ``2026-11-03-to-2026-11-17``."""
        match self.kind:
            case "week":
                year, week, _ = self.first.isocalendar()
                return f"{year:04}-W{week:02}"
            case "month":
                return f"{self.first.year:04}-{self.first.month:02}"
            case "year":
                return f"{self.first.year:04}"
            case _:
                return f"{self.first.isoformat()}-to-{self.last.isoformat()}"

    def before(self) -> "Period | None":
        """Return the equally long days before it, for a comparison; None before the first year of the calendar."""
        try:
            return Period("days", self.first - timedelta(days=self.days), self.first - _DAY)
        except OverflowError:
            return None

    def earlier(self) -> "Period | None":
        """Return the period of the same kind before it."""
        if self.kind == "days":
            return self.before()
        return None if self.first == date.min else period_of(self.kind, self.first - _DAY)

    def later(self) -> "Period | None":
        """Return the period of the same kind after it."""
        if self.last == date.max:
            return None
        if self.kind != "days":
            return period_of(self.kind, self.last + _DAY)
        try:
            return Period("days", self.last + _DAY, self.last + timedelta(days=self.days))
        except OverflowError:
            return None


def period_of(kind: PeriodKind, day: date) -> Period | None:
    """Return the week, month or year that a day lies in, or the day alone; None if it leaves the calendar."""
    match kind:
        case "week":
            try:
                monday = day - timedelta(days=day.weekday())
                return Period(kind, monday, monday + timedelta(days=6))
            except OverflowError:
                return None
        case "month":
            return Period(kind, day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
        case "year":
            return Period(kind, date(day.year, 1, 1), date(day.year, 12, 31))
        case _:
            return Period(kind, day, day)


def parse_period(kind: PeriodKind, text: str) -> Period | None:
    """Return the period of ``2026-W48``, ``2026-11`` or ``2026``, None if there is none."""
    try:
        if kind == "week" and (match := _WEEK.fullmatch(text)):
            return period_of(kind, date.fromisocalendar(int(match[1]), int(match[2]), 1))
        if kind == "month" and (match := _MONTH.fullmatch(text)):
            return period_of(kind, date(int(match[1]), int(match[2]), 1))
        if kind == "year" and _YEAR.fullmatch(text) and MINYEAR <= int(text) <= MAXYEAR:
            return period_of(kind, date(int(text), 1, 1))
    except ValueError:
        return None
    return None


class PeriodError(ValueError):
    """Two dates that are no period. ``reason`` is ``order`` or ``length``."""

    def __init__(self, reason: Literal["order", "length"], days: int) -> None:
        """Refuse ``days`` days."""
        super().__init__(
            "to: give a date that is not before from"
            if reason == "order"
            else f"from, to: a range has at most {MOST_DAYS} days, not {days}"
        )
        self.reason, self.days = reason, days


def period_between(first: date, last: date) -> Period:
    """Return the days from one date to another. A whole week, month or year is that week, month or year.

    Raises:
        PeriodError: the dates are in the wrong order, or more than MOST_DAYS apart.
    """
    period = Period("days", first, last)
    if first > last:
        raise PeriodError("order", period.days)
    if period.days > MOST_DAYS:
        raise PeriodError("length", period.days)
    kinds: tuple[PeriodKind, ...] = ("week", "month", "year")
    whole = (period_of(kind, first) for kind in kinds)
    return next((named for named in whole if named and (named.first, named.last) == (first, last)), period)
