"""What an address asks for beside its path, checked. What nobody can mean counts as not asked."""

import re
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from contract.language import ALL_LANGUAGES
from trendsite.live.choice import EVERYTHING, Choice, ChoiceError, Top, parse_choice
from trendsite.live.minutes import clock_time

STEP_MINUTES = 5
"""Moments are five minutes apart, as the frames of a race are."""

_MAX_SOURCE_CHARACTERS = 100


def source_of(query: QueryDict) -> str | None:
    """Return the source asked for, None for the one that the board shows."""
    source = query.get("source", "")
    return source if 0 < len(source) <= _MAX_SOURCE_CHARACTERS and "\0" not in source else None


def day_of(query: QueryDict) -> date | None:
    """Return the day asked for, None for today."""
    try:
        return date.fromisoformat(query.get("day", ""))
    except ValueError:
        return None


def whole_number(query: QueryDict, name: str, low: int, high: int) -> int | None:
    """Return a number asked for, None when it is none or not in [low, high]."""
    value = query.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        return None
    return int(value) if low <= int(value) <= high else None


@dataclass(frozen=True)
class Moment:
    """A view of a day: a language (``*`` for all), how many places, and the minute of the day, None for its end."""

    language: str
    top: Top
    minute: int | None

    @property
    def choice(self) -> Choice:
        """What is chosen of the whole day."""
        return Choice("day", (self.language,), self.top)

    @property
    def at(self) -> str:
        """The minute as it stands in an address, empty for the end of the day."""
        return "" if self.minute is None else clock_time(self.minute)


def moment_of(query: QueryDict) -> Moment:
    """Return the view asked for by ``?at=14:35&languages=en&top=25``; there is a race of one language or of all."""
    try:
        choice = parse_choice(query.getlist("languages"), top=query.get("top", EVERYTHING.top))
    except ChoiceError:
        choice = EVERYTHING
    language = ALL_LANGUAGES if choice.is_merged else choice.languages[0]
    return Moment(language, choice.top, _minute(query.get("at", "")))


def _minute(value: str) -> int | None:
    """Return the minute of ``14:37``, at the step before it."""
    time = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", value)
    if time is None:
        return None
    minute = int(time[1]) * 60 + int(time[2])
    return minute - minute % STEP_MINUTES
