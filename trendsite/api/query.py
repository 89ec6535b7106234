"""The parameters of the read API, checked: pure functions from the query string to what was asked."""

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from contract.ranking import TOP
from trendsite.api.errors import ApiError
from trendsite.live.choice import EVERYTHING, Choice, ChoiceError, parse_choice

MAX_LIMIT = 1_000
MAX_TYPED = 200


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
    _refuse_others(query, "day", "languages", "window", "limit")
    return TopQuery(_day(query.get("day")), _choice(query), _limit(query.get("limit", str(TOP))))


def parse_hashtag_query(query: QueryDict) -> tuple[str, ...]:
    """Return the languages in which a hashtag was asked for.

    Raises:
        ApiError: 400, with the parameter and what it allows.
    """
    _refuse_others(query, "languages")
    return _choice(query).languages


def parse_find_query(query: QueryDict) -> str:
    """Return what somebody typed to find hashtags.

    Raises:
        ApiError: 400, with the parameter and what it allows.
    """
    _refuse_others(query, "q")
    return query.get("q", "")[:MAX_TYPED]


def _refuse_others(query: QueryDict, *allowed: str) -> None:
    for name in query:
        if name not in allowed:
            raise ApiError(400, f"{name[:40]!r} is no parameter: use {', '.join(allowed)}")


def _choice(query: QueryDict) -> Choice:
    try:
        return parse_choice(query.getlist("languages"), query.get("window", EVERYTHING.window))
    except ChoiceError as error:
        raise ApiError(400, str(error)) from error


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
