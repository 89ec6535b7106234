"""The list of operations, their OpenAPI document at /api/v1/openapi.json, and the page at /api/ made from it.

The site renders the page itself: the usual viewers need inline scripts or scripts of other hosts, which its policy
forbids.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from inspect import cleandoc
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from trendsite.api.api_errors import Error
from trendsite.api.comparison_route import compare
from trendsite.api.day_routes import day, days, race
from trendsite.api.examples import Example, read_examples
from trendsite.api.feeds import feed
from trendsite.api.hashtag_routes import hashtag, series, suggestions, together
from trendsite.api.operation import SCHEMAS, Operation
from trendsite.api.range_routes import counts, range_of_days
from trendsite.api.ranking_routes import top
from trendsite.api.responses import JSON, digest_of, revalidated
from trendsite.api.status_routes import languages, status
from trendsite.public_url import request_origin

OPERATIONS: tuple[Operation[Any], ...] = (
    days,
    day,
    race,
    range_of_days,
    counts,
    suggestions,
    hashtag,
    together,
    languages,
    series,
    compare,
    status,
    top,
    feed,
)

_DESCRIPTION = """\
The hashtags in use now and on every past day. Read everything with GET; you need no account. Days and hours are UTC. An
empty day, source or list of languages means the default. Each hashtag has a `key`, under which it is counted, and
`hashtag`, its most used spelling.

Every error is an object with one field, `error`: a sentence. `RateLimit` says how many requests your address has left;
after that the answer is 429 with `Retry-After`. Use `ETag` and `If-None-Match` to cache."""

_MOST_OPTIONS = 10
_FIELDS = {"date": "date", "integer": "number"}
"""The types of inputs by the formats and types of parameters."""


@dataclass(frozen=True)
class ParameterEntry:
    """A parameter on the page; ``allowed`` has its values in words.

    In the form it has the ``value`` of the example. ``field`` is the type of its input, or ``select`` with ``options``;
    ``highest`` is the limit of a number.
    """

    name: str
    allowed: str
    default: str
    required: bool
    description: str
    value: str
    field: str
    options: list[str]
    highest: int | None


@dataclass(frozen=True)
class OperationEntry:
    """An operation on the page; ``formats`` are media types, ``answer`` is the name of a struct or empty.

    ``path`` has ``{name}`` for a parameter.
    """

    name: str
    path: str
    summary: str
    description: list[SafeString]
    example: Example
    parameters: list[ParameterEntry]
    formats: list[str]
    answer: str
    errors: list[tuple[str, str]]


@dataclass(frozen=True)
class SchemaEntry:
    """A struct of the answers on the page: its fields, each with its type in words."""

    name: str
    description: list[SafeString]
    fields: list[tuple[str, str]]


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document, ready for JSON."""
    bodies = [Error, *(operation.body for operation in OPERATIONS if operation.body)]
    _, schemas = msgspec.json.schema_components(bodies, ref_template=SCHEMAS)
    for schema in schemas.values():
        # Docstrings are for readers of Python; the document is for readers of JSON.
        schema["description"] = cleandoc(schema["description"]).replace("``", "`").replace("None", "null")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Trendsite", "version": "1", "description": _DESCRIPTION},
        "paths": {operation.path: {"get": operation.describe()} for operation in OPERATIONS},
        "components": {"schemas": schemas},
    }


@require_safe
async def openapi(request: HttpRequest) -> HttpResponseBase:
    """Return the OpenAPI document."""
    document = await sync_to_async(openapi_document)()
    body = msgspec.json.encode({**document, "servers": [{"url": f"{request_origin(request)}{_prefix()}"}]})
    return revalidated(request, HttpResponse(body, content_type=JSON), digest_of(body))


@require_safe
async def documentation(request: HttpRequest) -> HttpResponse:
    """Return the page."""
    document = await sync_to_async(openapi_document)()
    schemas = document["components"]["schemas"]
    asked = [operation.example for operation in OPERATIONS if operation.body or operation is feed]
    examples = await read_examples(request, [operation.example for operation in OPERATIONS], asked=asked)
    context = {
        "description": _paragraphs(document["info"]["description"]),
        "operations": [_operation_entry(path, methods["get"], examples) for path, methods in document["paths"].items()],
        "schemas": [_schema_entry(name, schemas[name]) for name in sorted(schemas)],
        "limit": settings.API_REQUESTS_PER_MINUTE,
        "origin": request_origin(request),
        "websocket": f"ws{request_origin(request).removeprefix('http')}{get_script_prefix()}ws/board/",
    }
    response: HttpResponse = await sync_to_async(render)(request, "api/documentation.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _prefix() -> str:
    """Return the path of the site without its last slash."""
    return get_script_prefix().rstrip("/")


def _operation_entry(path: str, operation: Mapping[str, Any], examples: Mapping[str, Example]) -> OperationEntry:
    errors = dict(operation["responses"])
    content = errors.pop("200")["content"]
    reference = content.get(JSON, {}).get("schema", {}).get("$ref", "")
    example = examples[operation["x-example"]]
    values = _values_of(path, example.address)
    in_order = sorted(operation["parameters"], key=_is_format)
    return OperationEntry(
        name=operation["operationId"],
        path=_prefix() + path,
        summary=operation["summary"],
        description=_paragraphs(operation["description"]),
        example=replace(example, address=_prefix() + example.address),
        parameters=[_parameter_entry(parameter, values.get(parameter["name"], "")) for parameter in in_order],
        formats=list(content),
        answer=reference.rpartition("/")[2],
        errors=[(status, error["description"]) for status, error in errors.items()],
    )


def _values_of(path: str, address: str) -> dict[str, str]:
    """Return the parameters of an example, those of its path and those of its query."""
    parts = urlsplit(address)
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(path))
    in_path = re.fullmatch(pattern, parts.path)
    found = {name: unquote(value) for name, value in (in_path.groupdict() if in_path else {}).items()}
    return found | {name: ",".join(values) for name, values in parse_qs(parts.query).items()}


def _paragraphs(text: str) -> list[SafeString]:
    """Return the paragraphs of a text, with code between backquotes."""
    return [
        format_html_join(
            "", "{}", ((_code(part) if index % 2 else part,) for index, part in enumerate(words.split("`")))
        )
        for words in text.split("\n\n")
    ]


def _code(text: str) -> SafeString:
    return format_html("<code>{}</code>", text)


def _parameter_entry(parameter: Mapping[str, Any], value: str) -> ParameterEntry:
    schema = parameter["schema"]
    default = schema.get("default", "")
    options = schema.get("enum", [])
    is_short = 0 < len(options) <= _MOST_OPTIONS
    return ParameterEntry(
        name=parameter["name"],
        allowed=_allowed(schema),
        default=",".join(default) if isinstance(default, list | tuple) else str(default),
        required=parameter["required"],
        description=parameter["description"],
        value=value,
        field="select" if is_short else _FIELDS.get(schema.get("format") or schema.get("type"), "text"),
        options=list(options) if is_short else [],
        highest=schema.get("maximum"),
    )


def _is_format(parameter: Mapping[str, Any]) -> bool:
    """Return whether a parameter is the common one, which comes last."""
    return bool(parameter["name"] == "format")


def _allowed(schema: Mapping[str, Any]) -> str:
    """Return the values of a parameter in words."""
    options = schema.get("items", schema).get("enum")
    if options:
        named = ", ".join(options) if len(options) <= _MOST_OPTIONS else "language codes"
        return f"up to {schema['maxItems']} of: {named}" if "items" in schema else named
    if "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return str(schema.get("format", "text"))


def _schema_entry(name: str, schema: Mapping[str, Any]) -> SchemaEntry:
    fields = [(field, _type(of_field)) for field, of_field in schema["properties"].items()]
    return SchemaEntry(name, _paragraphs(schema["description"]), fields)


def _type(schema: Mapping[str, Any]) -> str:
    """Return the type of a field in words."""
    match schema:
        case {"$ref": reference}:
            words = str(reference).rpartition("/")[2]
        case {"anyOf": options}:
            words = " or ".join(_type(option) for option in options)
        case {"prefixItems": items}:
            words = f"[{', '.join(_type(item) for item in items)}]"
        case {"items": {} as items}:
            words = f"list of {_type(items)}"
        case {"additionalProperties": {} as values}:
            words = f"object of {_type(values)}"
        case {"enum": options}:
            words = " or ".join(map(str, options))
        case _:
            words = str(schema.get("format", schema.get("type", "anything")))
    return words
