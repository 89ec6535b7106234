"""/api/, the page that describes the API, and /api/v1/openapi.json, the document that it is made from.

The page is rendered here: the usual viewers load scripts of other hosts or run inline ones, and ours may neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from trendsite.api.answers import JSON, digest_of, kept
from trendsite.api.operations import openapi_document

_MOST_OPTIONS = 10


@dataclass(frozen=True)
class Parameter:
    """A parameter as the page tells it; ``allowed`` says in words what it may be."""

    name: str
    allowed: str
    default: str
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """An operation as the page tells it; ``formats`` are media types, ``answer`` names a struct if it is one."""

    name: str
    path: str
    summary: str
    description: list[SafeString]
    example: str
    parameters: list[Parameter]
    formats: list[str]
    answer: str
    errors: list[tuple[str, str]]


@dataclass(frozen=True)
class Shape:
    """A struct as the page tells it: its fields with the words for their types."""

    name: str
    description: list[SafeString]
    fields: list[tuple[str, str]]


@require_safe
async def openapi(request: HttpRequest) -> HttpResponseBase:
    """Return the OpenAPI document."""
    body = msgspec.json.encode(await sync_to_async(openapi_document)())
    return kept(request, HttpResponse(body, content_type=JSON), digest_of(body))


@require_safe
async def documentation(request: HttpRequest) -> HttpResponse:
    """Return the page."""
    document = await sync_to_async(openapi_document)()
    context = {
        "description": _paragraphs(document["info"]["description"]),
        "operations": [_operation(path, methods["get"]) for path, methods in document["paths"].items()],
        "shapes": [_shape(name, schema) for name, schema in sorted(document["components"]["schemas"].items())],
        "limit": settings.API_REQUESTS_PER_MINUTE,
    }
    response: HttpResponse = await sync_to_async(render)(request, "api/documentation.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _operation(path: str, told: Mapping[str, Any]) -> Operation:
    answers = {str(status): answer for status, answer in told["responses"].items()}
    content = answers.pop("200")["content"]
    reference = content.get(JSON, {}).get("schema", {}).get("$ref", "")
    return Operation(
        name=told["operationId"],
        path=path,
        summary=told["summary"],
        description=_paragraphs(told["description"]),
        example=told["x-example"],
        parameters=[_parameter(parameter) for parameter in sorted(told["parameters"], key=_is_format)],
        formats=list(content),
        answer=reference.rpartition("/")[2],
        errors=[(status, answer["description"]) for status, answer in answers.items()],
    )


def _paragraphs(text: str) -> list[SafeString]:
    """Return a text for the page, what stands between backquotes as code."""
    return [
        format_html_join(
            "", "{}", ((_code(part) if index % 2 else part,) for index, part in enumerate(words.split("`")))
        )
        for words in text.split("\n\n")
    ]


def _code(text: str) -> SafeString:
    return format_html("<code>{}</code>", text)


def _parameter(told: Mapping[str, Any]) -> Parameter:
    schema = told["schema"]
    default = schema.get("default", "")
    return Parameter(
        name=told["name"],
        allowed=_allowed(schema),
        default=",".join(default) if isinstance(default, list | tuple) else str(default),
        required=told["required"],
        description=told.get("description", ""),
    )


def _is_format(parameter: Mapping[str, Any]) -> bool:
    """Return whether a parameter is the one that most operations have: it comes last."""
    return bool(parameter["name"] == "format")


def _allowed(schema: Mapping[str, Any]) -> str:
    """Return in words what a parameter may be."""
    options = schema.get("items", schema).get("enum")
    if options:
        named = ", ".join(options) if len(options) <= _MOST_OPTIONS else "language codes"
        return f"up to {schema['maxItems']} of: {named}" if "items" in schema else named
    if "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return str(schema.get("format", "text"))


def _shape(name: str, schema: Mapping[str, Any]) -> Shape:
    fields = [(field, _type(told)) for field, told in schema.get("properties", {}).items()]
    return Shape(name, _paragraphs(schema["description"]), fields)


def _type(schema: Mapping[str, Any]) -> str:
    """Return in words what a field is."""
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
