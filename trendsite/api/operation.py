"""An operation of the API: its route, its parameters, its answer, and their description for OpenAPI.

One msgspec struct has the parameters, another one the answer. Views and the OpenAPI document use the same two.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Generic, TypeAlias

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from trendsite.api.api_errors import ApiError, Error, error_response
from trendsite.api.query_params import AnyParams, TableParams, read_params
from trendsite.api.responses import CSV, JSON

SCHEMAS = "#/components/schemas/{name}"

_ERRORS = {
    400: "A parameter is wrong. The sentence names it and what it allows.",
    404: "The day, source or hashtag is unknown.",
    429: "Too many requests from your address within a minute.",
    503: "Redis or a file is unavailable.",
}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_CSV_HELP = "The same as a table, for programs and spreadsheets. Text that would run as a formula begins with '."

Handler: TypeAlias = Callable[[HttpRequest, AnyParams], Awaitable[HttpResponseBase]]


@dataclass(frozen=True)
class Operation(Generic[AnyParams]):
    """A route for GET and HEAD, and its handler.

    ``body`` is the struct of the answer, None for a feed or a file, which has ``media_types``. ``example`` is an
    address to try. ``has_404`` is true if the address may name something unknown.
    """

    route: str
    params: type[AnyParams]
    handler: Handler[AnyParams]
    body: type[msgspec.Struct] | None
    example: str
    media_types: tuple[str, ...] = (JSON,)
    has_404: bool = True

    @property
    def name(self) -> str:
        """The name of the URL and of the operation."""
        return self.handler.__name__

    @property
    def path(self) -> str:
        """The route as OpenAPI writes it, with ``{name}`` for a parameter."""
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", self.route)

    @property
    def url(self) -> URLPattern:
        """The URL for Django."""

        @csrf_exempt  # nothing here changes data: a POST gets 405, not an error about its token
        @require_safe
        async def view(request: HttpRequest, **in_path: str) -> HttpResponseBase:
            try:
                return await self.handler(request, read_params(self.params, in_path, request.GET))
            except ApiError as error:
                return error_response(error.status, str(error))

        return path(self.route, view, name=self.name)

    def describe(self) -> dict[str, Any]:
        """Return the operation for OpenAPI."""
        summary, _, description = cleandoc(self.handler.__doc__ or "").partition("\n\n")
        return {
            "operationId": self.name,
            "summary": summary.rstrip("."),
            "parameters": self._parameters(),
            "responses": self._responses(),
            "description": description,
            "x-example": self.example,
        }

    def _parameters(self) -> list[dict[str, Any]]:
        """Return the parameters, those of the path first."""
        _, components = msgspec.json.schema_components([self.params])
        schema = components[self.params.__name__]
        found = []
        for name, declared in schema.get("properties", {}).items():
            described = _without_null(declared)
            in_path = f"{{{name}}}" in self.path
            found.append(
                {
                    "in": "path" if in_path else "query",
                    "name": name,
                    "schema": {"title": name.capitalize(), **described},
                    "required": name in schema.get("required", ()),
                    "description": described["description"],
                }
            )
        return sorted(found, key=lambda parameter: str(parameter["in"]))

    def _responses(self) -> dict[str, Any]:
        if self.body is None:
            content: dict[str, Any] = {media_type: {"schema": {"type": "string"}} for media_type in self.media_types}
        else:
            content = {JSON: {"schema": {"$ref": SCHEMAS.format(name=self.body.__name__)}}}
        if issubclass(self.params, TableParams):
            content[CSV] = {"schema": {"type": "string", "description": _CSV_HELP}}
        error = {JSON: {"schema": {"$ref": SCHEMAS.format(name=Error.__name__)}}}
        responses: dict[str, Any] = {"200": {"description": "The answer.", "content": content}}
        for status, description in _ERRORS.items():
            if status != 404 or self.has_404:
                responses[str(status)] = {"description": description, "content": error}
        responses["429"] = {**responses["429"], "headers": _RETRY_AFTER}
        return responses


def operation(
    route: str, params: type[AnyParams], body: type[msgspec.Struct], *, example: str, has_404: bool = True
) -> Callable[[Handler[AnyParams]], Operation[AnyParams]]:
    """Make an operation of a view. Its docstring becomes the operation's summary and description."""
    return lambda handler: Operation(route, params, handler, body, example, has_404=has_404)


def file_operation(
    route: str, params: type[AnyParams], *media_types: str, example: str
) -> Callable[[Handler[AnyParams]], Operation[AnyParams]]:
    """Make an operation of a view that answers with a feed or a file."""
    return lambda handler: Operation(route, params, handler, None, example, media_types)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter. A query string has no null: the parameter is left out instead."""
    options = schema.get("anyOf", [{}])
    schema = {**options[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
    if schema.get("default", ...) is None:
        del schema["default"]
    return schema
