"""Kinds of parameters: how each is checked, and what OpenAPI says of it. A refusal names what is allowed."""

import re
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from contract.language import ALL_LANGUAGES, LANGUAGES
from trendsite.api.errors import ApiError
from trendsite.live.choice import EVERYTHING, MAX_CHOSEN, ORDERS, WINDOWS, Choice, ChoiceError, parse_choice

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
    return chosen(values).languages


def _one_language(value: str) -> str:
    languages = _languages([value])
    if len(languages) > 1:
        raise ApiError(400, "languages: give one code, or * for all")
    return languages[0]


def _languages_in_path(value: str) -> tuple[str, ...]:
    return _languages([ALL_LANGUAGES if value == EVERYTHING_IN_PATHS else value])


def _window(value: str) -> str:
    return chosen((), value).window


def _order(value: str) -> str:
    return chosen((), by=value).by


def chosen(languages: list[str] | tuple[str, ...], window: str = EVERYTHING.window, by: str = EVERYTHING.by) -> Choice:
    """Return the choice of languages, a window and an order.

    Raises:
        ApiError: nobody can choose it.
    """
    try:
        return parse_choice(languages, window, by=by)
    except ChoiceError as error:
        raise ApiError(400, str(error)) from error


def _format(value: str | None) -> str | None:
    if value not in (None, "json", "csv"):
        raise ApiError(400, "format: give json or csv")
    return value


def limit_to(highest: int) -> BeforeValidator:
    """Return what checks a number of rows, from 1 to ``highest``."""

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
AnOrder: TypeAlias = Annotated[str, BeforeValidator(_order), WithJsonSchema({"type": "string", "enum": list(ORDERS)})]
Format: TypeAlias = Annotated[
    Literal["json", "csv"] | None,
    BeforeValidator(_format),
    WithJsonSchema({"type": "string", "enum": ["json", "csv"]}),
]
LanguagesInPath: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(_languages_in_path),
    WithJsonSchema({"type": "string", "enum": [EVERYTHING_IN_PATHS, *_CODES[1:]]}),
]
