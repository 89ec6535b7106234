"""The query parameters of these pages, checked. An invalid value counts as not given."""

import re
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from contract.language import ALL_LANGUAGES
from trendsite.queries.choice import EVERYTHING, Choice, ChoiceError, Top, parse_choice, parse_networks
from trendsite.queries.groups import Selection
from trendsite.queries.minutes import clock_time, minute_of

STEP_MINUTES = 5
"""Moments are five minutes apart, like the frames of a race."""

_MAX_SOURCE_CHARACTERS = 100


def selection_param(query: QueryDict) -> Selection:
    """Return the sources of ``?source=simulator`` or ``?networks=bluesky,x``, the default ones for neither.

    The name of a source that is too long is cut to one that no source has, so the page answers that it is unknown.
    """
    source = query.get("source", "")[: _MAX_SOURCE_CHARACTERS + 1]
    if source:
        return Selection(source)
    try:
        return Selection(networks=parse_networks(query.getlist("networks")))
    except ChoiceError:
        return Selection()


def day_param(query: QueryDict) -> date | None:
    """Return the day of ``?day=2026-11-21``, None for today."""
    try:
        return date.fromisoformat(query.get("day", ""))
    except ValueError:
        return None


def number_param(query: QueryDict, name: str, low: int, high: int) -> int | None:
    """Return a whole number, None if it is none or not in [low, high]."""
    value = query.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        return None
    return int(value) if low <= int(value) <= high else None


@dataclass(frozen=True)
class Moment:
    """A view of a day: a language (``*`` for all), the number of places, and the minute (None: the end)."""

    language: str
    top: Top
    minute: int | None

    @property
    def choice(self) -> Choice:
        """The choice of the whole day in the language."""
        return Choice("day", (self.language,), self.top)

    @property
    def at(self) -> str:
        """The minute as in an address, ``14:35``; empty for the end of the day."""
        return "" if self.minute is None else clock_time(self.minute)


def moment_param(query: QueryDict) -> Moment:
    """Return the moment of ``?at=14:35&languages=en&top=25``. Several languages count as all: they have no race."""
    try:
        choice = parse_choice(query.getlist("languages"), top=query.get("top", EVERYTHING.top))
    except ChoiceError:
        choice = EVERYTHING
    language = ALL_LANGUAGES if choice.is_merged else choice.languages[0]
    return Moment(language, choice.top, _minute(query.get("at", "")))


def _minute(value: str) -> int | None:
    """Return the minute of ``14:37``, rounded down to a step."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return None
    minute = minute_of(value)
    return minute - minute % STEP_MINUTES
