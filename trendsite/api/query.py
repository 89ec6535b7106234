"""The parameters of the read API, checked: pure functions from the query string to what was asked."""

import re
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from contract.ranking import TOP
from trendsite.api.errors import ApiError
from trendsite.live.choice import EVERYTHING, Choice, ChoiceError, parse_choice

MAX_LIMIT = 1_000
MAX_TYPED = 200
DAYS_LIMIT = 31
MAX_DAYS_LIMIT = 366

_DATE_HELP = "give a date such as 2026-11-22"


@dataclass(frozen=True)
class TopQuery:
    """What was asked; ``day`` None stands for the day the board shows."""

    day: date | None
    choice: Choice
    limit: int


@dataclass(frozen=True)
class RaceQuery:
    """What was asked; ``source`` None stands for the one that the board shows."""

    day: date
    language: str
    source: str | None


@dataclass(frozen=True)
class DaysQuery:
    """What was asked; ``before`` None stands for the newest days, ``source`` None for the one that the board shows."""

    before: date | None
    limit: int
    source: str | None


def parse_top_query(query: QueryDict) -> TopQuery:
    """Return the checked query.

    Raises:
        ApiError: 400, with the parameter and what it allows.
    """
    _refuse_others(query, "day", "languages", "window", "limit", "by")
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


def parse_race_query(query: QueryDict, day: str) -> RaceQuery:
    """Return the checked query for the race of a day.

    Raises:
        ApiError: 400, with the parameter and what it allows.
    """
    _refuse_others(query, "languages", "source")
    choice, parsed = _choice(query), _day(day)
    if choice.is_merged:
        raise ApiError(400, "languages: give one code, or * for all")
    if parsed is None:
        raise ApiError(400, f"day: {_DATE_HELP}")
    return RaceQuery(parsed, choice.languages[0], _source(query))


def parse_days_query(query: QueryDict) -> DaysQuery:
    """Return the checked query for a page of days.

    Raises:
        ApiError: 400, with the parameter and what it allows.
    """
    _refuse_others(query, "before", "limit", "source")
    limit = _limit(query.get("limit", str(DAYS_LIMIT)), MAX_DAYS_LIMIT)
    return DaysQuery(_day(query.get("before"), "before"), limit, _source(query))


def _source(query: QueryDict) -> str | None:
    source = query.get("source") or None
    if source and not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,99}", source):
        raise ApiError(400, "source: give the name of one, such as simulator")
    return source


def _refuse_others(query: QueryDict, *allowed: str) -> None:
    for name in query:
        if name not in allowed:
            raise ApiError(400, f"{name[:40]!r} is no parameter: use {', '.join(allowed)}")


def _choice(query: QueryDict) -> Choice:
    try:
        return parse_choice(
            query.getlist("languages"), query.get("window", EVERYTHING.window), by=query.get("by", EVERYTHING.by)
        )
    except ChoiceError as error:
        raise ApiError(400, str(error)) from error


def _day(value: str | None, name: str = "day") -> date | None:
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ApiError(400, f"{name}: {_DATE_HELP}")
    return day


def _limit(value: str, highest: int = MAX_LIMIT) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 4 and 1 <= int(value) <= highest):
        raise ApiError(400, f"limit: give a whole number from 1 to {highest}")
    return int(value)
