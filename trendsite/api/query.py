"""The parameters of the API's operations, checked, with what OpenAPI says of them. A refusal names what is allowed."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from django.http import HttpRequest
from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from contract.language import ALL_LANGUAGES, LANGUAGES
from contract.ranking import TOP
from trendsite.api.errors import ApiError
from trendsite.live.choice import EVERYTHING, MAX_CHOSEN, WINDOWS, Choice, ChoiceError, parse_choice

MAX_LIMIT = 1_000
MAX_TYPED = 200
DAYS_LIMIT = 31
MAX_DAYS_LIMIT = 366

EVERYTHING_IN_PATHS = "all"
"""What stands for all languages in a path, where an asterisk would be odd."""

_DATE_HELP = "give a date such as 2026-11-22"
_SOURCE = r"[a-z0-9][a-z0-9_.-]{0,99}"
_CODES = [ALL_LANGUAGES, *sorted(LANGUAGES)]


def _day(value: str | None, info: ValidationInfo) -> date | None:
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise ApiError(400, f"{info.field_name}: {_DATE_HELP}")
    return day


def _source(value: str | None) -> str | None:
    if value and not re.fullmatch(_SOURCE, value):
        raise ApiError(400, "source: give the name of one, such as simulator")
    return value or None


def _languages(values: list[str]) -> tuple[str, ...]:
    return _chosen(values).languages


def _one_language(value: str) -> str:
    languages = _languages([value])
    if len(languages) > 1:
        raise ApiError(400, "languages: give one code, or * for all")
    return languages[0]


def _languages_in_path(value: str) -> tuple[str, ...]:
    return _languages([ALL_LANGUAGES if value == EVERYTHING_IN_PATHS else value])


def _window(value: str) -> str:
    return _chosen((), value).window


def _chosen(languages: list[str] | tuple[str, ...], window: str = EVERYTHING.window) -> Choice:
    try:
        return parse_choice(languages, window)
    except ChoiceError as error:
        raise ApiError(400, str(error)) from error


def _format(value: str | None) -> str | None:
    if value not in (None, "json", "csv"):
        raise ApiError(400, "format: give json or csv")
    return value


def _limit(highest: int) -> BeforeValidator:
    def check(value: str | int) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= highest):
            raise ApiError(400, f"limit: give a whole number from 1 to {highest}")
        return int(text)

    return BeforeValidator(check)


_DATE_SCHEMA = WithJsonSchema({"type": "string", "format": "date"})
ADay: TypeAlias = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "description": "A UTC date."}),
]
AKey: TypeAlias = Annotated[
    str,
    WithJsonSchema({"type": "string", "minLength": 1, "description": "The hashtag in any spelling, percent-encoded."}),
]
MaybeDay: TypeAlias = Annotated[date | None, BeforeValidator(_day), _DATE_SCHEMA]
Source: TypeAlias = Annotated[
    str | None, BeforeValidator(_source), WithJsonSchema({"type": "string", "pattern": f"^{_SOURCE}$"})
]
Languages: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(_languages),
    WithJsonSchema(
        {"type": "array", "items": {"type": "string", "enum": _CODES}, "minItems": 1, "maxItems": MAX_CHOSEN}
    ),
]
OneLanguage: TypeAlias = Annotated[
    str, BeforeValidator(_one_language), WithJsonSchema({"type": "string", "enum": _CODES})
]
AWindow: TypeAlias = Annotated[str, BeforeValidator(_window), WithJsonSchema({"type": "string", "enum": list(WINDOWS)})]
Format: TypeAlias = Annotated[
    Literal["json", "csv"] | None,
    BeforeValidator(_format),
    WithJsonSchema({"type": "string", "enum": ["json", "csv"]}),
]

_LANGUAGES_HELP = "Language codes, with commas between them or one parameter each; * stands for all."
_ONE_LANGUAGE_HELP = "One language code; * stands for all."
_SOURCE_HELP = "Whose posts, such as simulator or x; without it, those that the board shows."
_BEFORE_HELP = "Only days before this one: the last day of a page asks for the next page."


class Parameters(BaseModel):
    """What an operation takes. A name that it does not know is refused: whoever mistypes one learns it."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_others(cls, values: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - as pydantic has it
        names = [field.alias or name for name, field in cls.model_fields.items()]
        allowed = sorted(names, key=lambda name: name == "format")
        for name in info.context["request"].GET if info.context else ():
            if name not in allowed:
                use = f"use {', '.join(allowed)}" if allowed else "this takes none"
                raise ApiError(400, f"{name[:40]!r} is no parameter: {use}")
        return values


class Tabular(Parameters):
    """What comes as a table too."""

    format: Format = Field(default=None, description="Without it, as the Accept header asks: text/csv, otherwise JSON.")


class TopParameters(Tabular):
    """A ranking; ``day`` None stands for the day the board shows."""

    day: MaybeDay = Field(default=None, description="A UTC date; without it, the day that the board shows.")
    languages: Languages = Field(default=EVERYTHING.languages, description=_LANGUAGES_HELP)
    window: AWindow = Field(
        default=EVERYTHING.window, description="Anything but day is of now alone, and takes no day."
    )
    limit: Annotated[int, _limit(MAX_LIMIT)] = Field(default=TOP, ge=1, le=MAX_LIMIT, description="How many places.")

    @property
    def choice(self) -> Choice:
        """The window and the languages."""
        return _chosen(self.languages, self.window)


class DaysParameters(Tabular):
    """A page of days; ``before`` None stands for the newest, ``source`` None for the one that the board shows."""

    before: MaybeDay = Field(default=None, description=_BEFORE_HELP)
    limit: Annotated[int, _limit(MAX_DAYS_LIMIT)] = Field(
        default=DAYS_LIMIT, ge=1, le=MAX_DAYS_LIMIT, description="How many days on a page."
    )
    source: Source = Field(default=None, description=_SOURCE_HELP)


class DayParameters(Tabular):
    """One day; ``source`` None stands for the one that the board shows."""

    source: Source = Field(default=None, description=_SOURCE_HELP)


class RaceParameters(Tabular):
    """The race of a day; ``source`` None stands for the one that the board shows."""

    language: OneLanguage = Field(default=ALL_LANGUAGES, alias="languages", description=_ONE_LANGUAGE_HELP)
    source: Source = Field(default=None, description=_SOURCE_HELP)


class HashtagParameters(Tabular):
    """One hashtag's day; ``day`` None stands for the day the board shows, ``source`` None for its source."""

    languages: Languages = Field(default=EVERYTHING.languages, description=_LANGUAGES_HELP)
    day: MaybeDay = Field(default=None, description="A UTC date; without it, the day that the board shows.")
    source: Source = Field(default=None, description=_SOURCE_HELP)


class SeriesParameters(DaysParameters):
    """One hashtag's days, a page of them."""

    hashtag: str = Field(min_length=1, max_length=MAX_TYPED, description="The hashtag, with or without its #.")
    language: OneLanguage = Field(default=ALL_LANGUAGES, alias="languages", description=_ONE_LANGUAGE_HELP)


class FindParameters(Tabular):
    """What somebody typed to find hashtags."""

    q: str = Field(default="", description="How the hashtag begins, with or without its #.")


class FeedPath(BaseModel):
    """Which feed, as its path says; it takes nothing else."""

    languages: Annotated[
        tuple[str, ...],
        BeforeValidator(_languages_in_path),
        WithJsonSchema({"type": "string", "enum": [EVERYTHING_IN_PATHS, *_CODES[1:]]}),
    ] = Field(description="A language code, several with commas between them, or all.")
    window: AWindow = Field(description="What the ranking is of.")


class NoParameters(Parameters):
    """Nothing."""


def refuse_others(request: HttpRequest, allowed: Sequence[str] = ()) -> None:
    """Let a request have no other parameters than ``allowed``.

    Raises:
        ApiError: it has one.
    """
    for name in request.GET:
        if name not in allowed:
            use = f"use {', '.join(allowed)}" if allowed else "there are none here"
            raise ApiError(400, f"{name[:40]!r} is no parameter: {use}")
