"""The parameters of /api/v1/top, checked: a pure function from the query string to what was asked."""

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from contract.ranking import TOP
from trendsite.api.errors import ApiError
from trendsite.live.choice import Choice, ChoiceError, parse_choice

MAX_LIMIT = 1_000

_ALLOWED = ("day", "languages", "window", "limit")


@dataclass(frozen=True)
class TopQuery:
    """What was asked; ``day`` None stands for the day the board shows."""

    day: date | None
    choice: Choice
    limit: int


def parse_top_query(query: QueryDict) -> TopQuery:
    """Return the checked query.

    Raises:
        ApiError: 400, with the parameter and what it allows.
    """
    for name in query:
        if name not in _ALLOWED:
            raise ApiError(400, f"{name[:40]!r} is no parameter: use {', '.join(_ALLOWED)}")
    if query.get("window", "day") != "day":
        raise ApiError(400, "window: give day")
    try:
        choice = parse_choice(query.getlist("languages"))
    except ChoiceError as error:
        raise ApiError(400, str(error)) from error
    return TopQuery(_day(query.get("day")), choice, _limit(query.get("limit", str(TOP))))


def _day(value: str | None) -> date | None:
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ApiError(400, "day: give a date such as 2026-11-22")
    return day


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 4 and 1 <= int(value) <= MAX_LIMIT):
        raise ApiError(400, f"limit: give a whole number from 1 to {MAX_LIMIT}")
    return int(value)
