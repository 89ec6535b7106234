"""What each operation of the API takes: its parameters with their defaults, and what OpenAPI says of them."""

from collections.abc import Sequence
from typing import Annotated, Any

from django.http import HttpRequest
from pydantic import BaseModel, Field, ValidationInfo, model_validator

from contract.language import ALL_LANGUAGES
from contract.ranking import TOP
from trendsite.api.errors import ApiError
from trendsite.api.parameters import (
    AnOrder,
    AWindow,
    Format,
    Languages,
    LanguagesInPath,
    MaybeDay,
    OneLanguage,
    Source,
    chosen,
    limit_to,
)
from trendsite.live.choice import EVERYTHING, Choice

MAX_LIMIT = 1_000
MAX_TYPED = 200
DAYS_LIMIT = 31
MAX_DAYS_LIMIT = 366

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
        if info.context:
            refuse_others(info.context["request"], sorted(names, key=lambda name: name == "format"))
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
    by: AnOrder = Field(
        default=EVERYTHING.by,
        description="Where distinct authors are unknown or do not add up, it is by posts. "
        "What is rising has an order of its own.",
    )
    limit: Annotated[int, limit_to(MAX_LIMIT)] = Field(default=TOP, ge=1, le=MAX_LIMIT, description="How many places.")

    @property
    def choice(self) -> Choice:
        """The window, the languages and the order."""
        return chosen(self.languages, self.window, self.by)


class DaysParameters(Tabular):
    """A page of days; ``before`` None stands for the newest, ``source`` None for the one that the board shows."""

    before: MaybeDay = Field(default=None, description=_BEFORE_HELP)
    limit: Annotated[int, limit_to(MAX_DAYS_LIMIT)] = Field(
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

    languages: LanguagesInPath = Field(description="A language code, several with commas between them, or all.")
    window: AWindow = Field(description="What the ranking is of.")


def refuse_others(request: HttpRequest, allowed: Sequence[str] = ()) -> None:
    """Let a request have no other parameters than ``allowed``.

    Raises:
        ApiError: it has one.
    """
    for name in request.GET:
        if name not in allowed:
            use = f"use {', '.join(allowed)}" if allowed else "there are none here"
            raise ApiError(400, f"{name[:40]!r} is no parameter: {use}")
