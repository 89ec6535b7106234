"""How an operation of the API is registered with django-ninja, which routes it, and described for OpenAPI.

What an operation answers is a struct of msgspec: its schema is taken from there, and nothing is declared twice.
"""

from collections.abc import Callable
from inspect import cleandoc
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from trendsite.api.answers import CSV, JSON
from trendsite.api.errors import ApiError, Error, error_answer

REFERENCE = "#/components/schemas/{name}"
_DESCRIPTION = """\
Which hashtags are used now, and every day's record. Everything is read with GET; nothing needs an account. Days and
hours are UTC; an empty day, source or list of languages counts as not given. A hashtag is told twice: `key`, what it
counts under, and `hashtag`, how it is written.

Every error is an object with the one field `error`, a sentence. Each answer says how many requests are left to your
address (`RateLimit`); what is too much is answered with 429 and `Retry-After`. An answer with an `ETag` may be kept by
who asks again with `If-None-Match` each time."""

_ERRORS = {
    400: "A parameter is wrong: the sentence says which, and what it allows.",
    404: "Nothing is known of what was asked for.",
    429: "Too many requests of one address within a minute.",
    503: "Redis, or a file that it takes, is away.",
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_CSV_HELP = "The same as a table, for programs and spreadsheets; text that would run as a formula begins with '."

api = NinjaAPI(
    title="Trendsite",
    version="1",
    description=_DESCRIPTION,
    urls_namespace="api",
    # We answer both ourselves: ninja's page loads scripts of other hosts, which ours may not.
    openapi_url=None,
    docs_url=None,
)
structs: list[type[msgspec.Struct]] = [Error]
"""What the operations answer."""

View = Callable[..., Any]


@api.exception_handler(ApiError)
def _refuse(_request: HttpRequest, error: ApiError) -> HttpResponse:
    return error_answer(error.status, str(error))


@api.exception_handler(ValidationError)
def _refuse_parameters(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say which parameter lacks or is too long; whatever else can be wrong has refused itself."""
    first = error.errors[0]
    return error_answer(400, f"{first['loc'][-1]}: {first['msg']}")


def operation(
    path: str, kind: type[msgspec.Struct], example: str, *, as_table: bool = True, may_lack: bool = True
) -> Callable[[View], View]:
    """Let a view answer GET and HEAD of ``path`` with a ``kind``, also as CSV if it comes ``as_table``.

    ``example`` is an address that shows it; ``may_lack`` says that what is asked for may be unknown. The view's
    docstring becomes the operation's summary and description.
    """
    structs.append(kind)
    content = {JSON: {"schema": {"$ref": REFERENCE.format(name=kind.__name__)}}}
    if as_table:
        content[CSV] = {"schema": {"type": "string", "description": _CSV_HELP}}
    errors = (400, 404, 429, 503) if may_lack else (400, 429, 503)
    return _register(path, content, errors, example)


def feed_operation(path: str, media_type: str, example: str) -> Callable[[View], View]:
    """Let a view answer GET and HEAD of ``path`` with a feed."""
    return _register(path, {media_type: {"schema": {"type": "string"}}}, (400, 404, 429, 503), example)


def _register(path: str, content: dict[str, Any], errors: tuple[int, ...], example: str) -> Callable[[View], View]:
    responses: dict[int, Any] = {200: {"description": "What was asked for.", "content": content}}
    for status in errors:
        schema = {"$ref": REFERENCE.format(name=Error.__name__)}
        responses[status] = {"description": _ERRORS[status], "content": {JSON: {"schema": schema}}}
    responses[429]["headers"] = _RETRY_AFTER

    def register(view: View) -> View:
        name = view.__name__
        summary, _, description = cleandoc(view.__doc__ or "").partition("\n\n")
        registered: View = api.api_operation(
            ["GET", "HEAD"],
            path,
            url_name=name,
            operation_id=name,
            summary=summary.rstrip("."),
            description=description,
            openapi_extra={"responses": responses, "x-example": example},
        )(view)
        return registered

    return register
