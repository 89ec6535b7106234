"""The parameters of each operation: a struct that checks a request and describes itself for OpenAPI.

The ``Meta`` of a parameter has its description and its limits. In its ``extra``, ``parse`` turns the texts of the
address into a value, and ``allowed`` is the text of the error. Parameters in the path are fields like the others.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Annotated, Any, Protocol, TypeAlias, TypeVar

import msgspec
from django.http import QueryDict
from msgspec import Meta
from msgspec.structs import FieldInfo

from contract.language import ALL_LANGUAGES, LANGUAGES
from contract.pairs import STORED_PARTNERS
from contract.ranking import TOP
from trendsite.api.api_errors import ApiError
from trendsite.queries.choice import (
    ALL_IN_PATHS,
    EVERYTHING,
    MAX_CHOSEN,
    ORDERS,
    WINDOWS,
    Choice,
    ChoiceError,
    parse_choice,
    parse_networks,
)
from trendsite.queries.comparison import (
    DEFAULT_DAYS,
    MAX_DAYS,
    MAX_HASHTAGS,
    MAX_HOURS,
    MAX_LANGUAGES,
    split_hashtags,
)
from trendsite.queries.groups import Selection
from trendsite.queries.periods import MOST_DAYS
from trendsite.queries.range_summary import MOST_LEADERS
from trendsite.sources import NETWORKS

MAX_TYPED = 200

_SOURCE_NAME = "[a-z0-9][a-z0-9_.-]{0,99}"
_CODES = [ALL_LANGUAGES, *sorted(LANGUAGES)]
_NO_COMMA = r"^[^,]*[^,\s][^,]*$"
_FORMATS = ["json", "csv", "excel"]
_FILE_FORMATS = ["csv", "excel", "parquet"]

Parse: TypeAlias = Callable[[Sequence[str]], object]
"""Makes a value of all values that a parameter has in the address; a ValueError refuses them."""


def _last_or_none(values: Sequence[str]) -> str | None:
    """Return the last value. A form sends an empty one for a field that was not filled in."""
    return values[-1] or None


def _source(values: Sequence[str]) -> str | None:
    name = _last_or_none(values)
    if name and not re.fullmatch(_SOURCE_NAME, name):
        raise ValueError(name)
    return name


def _whole_number(values: Sequence[str]) -> int:
    text = values[-1]
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise ValueError(text)
    return int(text)


def _optional_number(values: Sequence[str]) -> int | None:
    return _whole_number(values) if values[-1] else None


def _format(values: Sequence[str]) -> str:
    if values[-1] not in _FORMATS:
        raise ValueError(values[-1])
    return values[-1]


def _file_format(values: Sequence[str]) -> str:
    if values[-1] not in _FILE_FORMATS:
        raise ValueError(values[-1])
    return values[-1]


def _window(values: Sequence[str]) -> str:
    return parse_choice((), values[-1]).window


def _order(values: Sequence[str]) -> str:
    return parse_choice((), by=values[-1]).by


def _languages(values: Sequence[str]) -> tuple[str, ...]:
    return parse_choice(values).languages


def _one_language(values: Sequence[str]) -> str:
    languages = parse_choice(values[-1:]).languages
    if len(languages) > 1:
        raise ChoiceError("languages: give one code, or * for all")
    return languages[0]


def _languages_in_path(values: Sequence[str]) -> str:
    return ",".join(parse_choice([ALL_LANGUAGES if values[-1] == ALL_IN_PATHS else values[-1]]).languages)


def _hashtag(values: Sequence[str]) -> str:
    text = values[-1]
    if not text:
        raise ApiError(400, "hashtag: String should have at least 1 character")
    if len(text) > MAX_TYPED:
        raise ApiError(400, f"hashtag: String should have at most {MAX_TYPED} characters")
    return text


def _few_languages(values: Sequence[str]) -> tuple[str, ...]:
    languages = parse_choice(values).languages
    if len(languages) > MAX_LANGUAGES:
        raise ChoiceError(f"languages: at most {MAX_LANGUAGES} at once, or * for all")
    return languages


def _hashtags(values: Sequence[str]) -> tuple[str, ...]:
    typed = split_hashtags(values)
    if not 0 < len(typed) <= MAX_HASHTAGS or any(len(text) > MAX_TYPED for text in typed):
        raise ValueError(values)
    return tuple(typed)


def _parsed(parse: Parse, allowed: str = "", **schema: object) -> Meta:
    """Return how a parameter is parsed, the text of the error, and what to add to its schema."""
    return Meta(extra={"parse": parse, "allowed": allowed}, extra_json_schema=schema)


def _number(highest: int, description: str) -> Meta:
    """Return the meta of a number from 1 to ``highest``."""
    allowed = f"give a whole number from 1 to {highest}"
    return Meta(ge=1, le=highest, description=description, extra={"parse": _whole_number, "allowed": allowed})


_DATE = "give a date such as 2026-11-22"
PathDay: TypeAlias = Annotated[date, Meta(description="A UTC date.", extra={"allowed": _DATE})]
FirstDay: TypeAlias = Annotated[date, Meta(description="The first UTC date.", extra={"allowed": _DATE})]
LastDay: TypeAlias = Annotated[
    date,
    Meta(description=f"The last UTC date, included; at most {MOST_DAYS} days in all.", extra={"allowed": _DATE}),
]
OptionalDay: TypeAlias = Annotated[date | None, _parsed(_last_or_none, _DATE)]
BoardDay: TypeAlias = Annotated[OptionalDay, Meta(description="A UTC date. Default: the day on the board.")]
SourceName: TypeAlias = Annotated[
    str | None,
    _parsed(_source, "give the name of one, such as simulator", pattern=f"^{_SOURCE_NAME}$"),
    Meta(description="The source of the posts, such as simulator or x. Default: what the board shows."),
]
NetworkNames: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(extra_json_schema={"enum": sorted(NETWORKS)})], ...],
    _parsed(parse_networks),
    Meta(
        max_length=len(NETWORKS),
        description="Networks, separated by commas or in several parameters; their posts are added up. "
        "Default: if the board shows networks, all that have the day. Ignored beside source.",
    ),
]
LanguageCodes: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(extra_json_schema={"enum": _CODES})], ...],
    _parsed(_languages),
    Meta(
        min_length=1,
        max_length=MAX_CHOSEN,
        description="Language codes, separated by commas or in several parameters; * means all.",
    ),
]
LanguageCode: TypeAlias = Annotated[
    str, _parsed(_one_language, enum=_CODES), Meta(description="One language code; * means all.")
]
WindowName: TypeAlias = Annotated[str, _parsed(_window, enum=WINDOWS)]


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """No parameters."""


class TableParams(Params, frozen=True, kw_only=True):
    """The parameters of an answer that is available as a table too."""

    format: Annotated[
        str | None,
        _parsed(_format, "give json, csv or excel", enum=_FORMATS),
        Meta(
            description="Default: text/csv if the Accept header asks for it, otherwise JSON. "
            "excel is CSV that Excel reads as UTF-8."
        ),
    ] = None


class LanguagesParams(TableParams, frozen=True, kw_only=True):
    """The languages, with their posts from some networks."""

    networks: NetworkNames = ()


class TopParams(TableParams, frozen=True, kw_only=True):
    """A ranking; ``day`` None is the day on the board, or another source's newest archived day."""

    day: BoardDay = None
    languages: LanguageCodes = EVERYTHING.languages
    window: Annotated[WindowName, Meta(description="hour and rising are of now only and take no day.")] = (
        EVERYTHING.window
    )
    by: Annotated[
        str,
        _parsed(_order, enum=ORDERS),
        Meta(
            description="By posts wherever distinct authors are unknown or cannot be added up. "
            "rising has its own order."
        ),
    ] = EVERYTHING.by
    limit: Annotated[int, _number(1_000, "Number of places.")] = TOP
    source: SourceName = None
    networks: NetworkNames = ()

    @property
    def choice(self) -> Choice:
        """The window, the languages and the order."""
        return parse_choice(self.languages, self.window, by=self.by)


class DaysParams(TableParams, frozen=True, kw_only=True):
    """A page of days; ``before`` None starts with the newest day."""

    before: Annotated[
        OptionalDay, Meta(description="Only days before this one. For the next page, give the last day of this page.")
    ] = None
    limit: Annotated[int, _number(366, "Number of days on a page.")] = 31
    source: SourceName = None
    networks: NetworkNames = ()


class DayParams(TableParams, frozen=True, kw_only=True):
    """One day."""

    day: PathDay
    source: SourceName = None
    networks: NetworkNames = ()


class RaceParams(TableParams, frozen=True, kw_only=True):
    """The race of a day."""

    day: PathDay
    language: LanguageCode = msgspec.field(default=ALL_LANGUAGES, name="languages")
    source: SourceName = None
    networks: NetworkNames = ()


class RangeParams(TableParams, frozen=True, kw_only=True):
    """The days from one date to another."""

    first: FirstDay = msgspec.field(name="from")
    last: LastDay = msgspec.field(name="to")
    language: LanguageCode = msgspec.field(default=ALL_LANGUAGES, name="languages")
    limit: Annotated[int, _number(MOST_LEADERS, "Number of leaders.")] = TOP
    source: SourceName = None
    networks: NetworkNames = ()


class CountsParams(Params, frozen=True, kw_only=True):
    """The counts of the days from one date to another, as a file."""

    first: FirstDay = msgspec.field(name="from")
    last: LastDay = msgspec.field(name="to")
    languages: LanguageCodes = EVERYTHING.languages
    format: Annotated[
        str,
        _parsed(_file_format, "give csv, excel or parquet", enum=_FILE_FORMATS),
        Meta(description="excel is CSV that Excel reads as UTF-8."),
    ] = "csv"
    source: SourceName = None
    networks: NetworkNames = ()


class HashtagParams(TableParams, frozen=True, kw_only=True):
    """One hashtag's day; ``day`` None is the day on the board."""

    key: Annotated[
        str, Meta(description="The hashtag in any spelling, percent-encoded.", extra_json_schema={"minLength": 1})
    ]
    languages: LanguageCodes = EVERYTHING.languages
    day: BoardDay = None
    source: SourceName = None
    networks: NetworkNames = ()


class SeriesParams(DaysParams, frozen=True, kw_only=True):
    """One hashtag's days, a page of them."""

    hashtag: Annotated[
        str,
        _parsed(_hashtag),
        Meta(min_length=1, max_length=MAX_TYPED, description="The hashtag, with or without #."),
    ]
    language: LanguageCode = msgspec.field(default=ALL_LANGUAGES, name="languages")


class TogetherParams(TableParams, frozen=True, kw_only=True):
    """One hashtag, of which others are used with it; ``day`` None is the day on the board."""

    hashtag: Annotated[
        str,
        _parsed(_hashtag),
        Meta(min_length=1, max_length=MAX_TYPED, description="The hashtag, with or without #."),
    ]
    day: BoardDay = None
    limit: Annotated[int, _number(STORED_PARTNERS, "Number of hashtags; of an archived day there are at most 10.")] = 10
    source: SourceName = None
    networks: NetworkNames = ()


class ComparisonParams(TableParams, frozen=True, kw_only=True):
    """Some hashtags, and the time in which to compare them; ``until`` None ends with the latest count."""

    hashtags: Annotated[
        tuple[Annotated[str, Meta(max_length=MAX_TYPED, extra_json_schema={"pattern": _NO_COMMA})], ...],
        _parsed(_hashtags, f"give one to {MAX_HASHTAGS} hashtags, separated by commas"),
        Meta(
            min_length=1,
            max_length=MAX_HASHTAGS,
            description="Hashtags, with or without #, separated by commas or in several parameters.",
        ),
    ]
    days: Annotated[int, _number(MAX_DAYS, "The last so many days, day by day. Ignored beside hours.")] = DEFAULT_DAYS
    hours: Annotated[
        Annotated[int, Meta(ge=1, le=MAX_HOURS)] | None,
        _parsed(_optional_number, f"give a whole number from 1 to {MAX_HOURS}"),
        Meta(description="The last so many hours, hour by hour."),
    ] = None
    until: Annotated[OptionalDay, Meta(description="The last UTC date. Default: the latest.")] = None
    languages: Annotated[
        tuple[Annotated[str, Meta(extra_json_schema={"enum": _CODES})], ...],
        _parsed(_few_languages),
        Meta(
            min_length=1,
            max_length=MAX_LANGUAGES,
            description="Language codes, separated by commas or in several parameters; * means all.",
        ),
    ] = EVERYTHING.languages
    source: SourceName = None
    networks: NetworkNames = ()


class SearchParams(TableParams, frozen=True, kw_only=True):
    """The beginning of a hashtag, as typed."""

    q: Annotated[str, Meta(description="The beginning of a hashtag, with or without #.")] = ""
    source: SourceName = None
    networks: NetworkNames = ()


class FeedParams(Params, frozen=True, kw_only=True):
    """The ranking of a feed; ``languages`` are codes separated by commas."""

    languages: Annotated[
        str,
        _parsed(_languages_in_path, enum=[ALL_IN_PATHS, *_CODES[1:]]),
        Meta(description="A language code, several separated by commas, or all."),
    ]
    window: Annotated[WindowName, Meta(description="The window of the ranking.")]
    networks: NetworkNames = ()


class NamesSources(Protocol):
    """The parameters of an answer about some sources."""

    @property
    def source(self) -> str | None:
        """One exact source."""

    @property
    def networks(self) -> tuple[str, ...]:
        """Networks."""


def selected(params: NamesSources) -> Selection:
    """Return the sources that a request names: the exact one, or networks."""
    return Selection(params.source) if params.source else Selection(networks=params.networks)


AnyParams = TypeVar("AnyParams", bound=Params)

fields_of = cache(msgspec.structs.fields)
"""The fields of a struct of parameters."""


def read_params(kind: type[AnyParams], path: Mapping[str, str], query: QueryDict) -> AnyParams:
    """Return the parameters of a request; those of the path are checked first.

    Raises:
        ApiError: one is wrong, missing or unknown. The message says what is allowed.
    """
    fields = fields_of(kind)
    found = {field.name: _value(field, [path[field.encode_name]]) for field in fields if field.encode_name in path}
    in_query = [field for field in fields if field.name not in found]
    _refuse_unknown_names(query, [field.encode_name for field in in_query])
    for field in in_query:
        if field.encode_name in query:
            found[field.name] = _value(field, query.getlist(field.encode_name))
        elif field.required:
            raise ApiError(400, f"{field.encode_name}: Field required")
    return kind(**found)


def _refuse_unknown_names(query: QueryDict, allowed: list[str]) -> None:
    """Refuse a parameter that the operation does not have: it may be a mistyped one."""
    allowed.sort(key=lambda name: name == "format")
    for name in query:
        if name not in allowed:
            use = f"use {', '.join(allowed)}" if allowed else "there are none here"
            raise ApiError(400, f"{name[:40]!r} is no parameter: {use}")


def _value(field: FieldInfo, values: Sequence[str]) -> Any:  # noqa: ANN401 - of the field's type
    extra: dict[str, Any] = {}
    for meta in field.type.__metadata__:
        extra |= meta.extra or {}
    try:
        return msgspec.convert(extra["parse"](values) if "parse" in extra else values[-1], field.type)
    except ChoiceError as error:
        raise ApiError(400, str(error)) from error
    except ValueError as error:
        raise ApiError(400, f"{field.encode_name}: {extra['allowed']}") from error
