"""Errors of the API: an HTTP status and ``{"error": "one sentence"}``, and the checks that several operations share."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpResponse

from trendsite.queries.groups import Selection, running_names
from trendsite.queries.hiding import hides_in
from trendsite.queries.known_sources import known_sources
from trendsite.queries.pipeline_status import read_pipeline_or_away


class Error(msgspec.Struct):
    """The reason of an error, in one sentence."""

    error: str


class ApiError(Exception):
    """Ends a request. The message says what was wrong and what is allowed."""

    def __init__(self, status: int, message: str) -> None:
        """Answer with HTTP ``status``."""
        super().__init__(message)
        self.status = status


def error_response(status: int, message: str) -> HttpResponse:
    """Return an error as HTTP. No cache stores it."""
    response = HttpResponse(msgspec.json.encode(Error(message)), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response


def unknown_day(day: str) -> ApiError:
    """Return the error for a day without counts."""
    return ApiError(404, f"day: nothing is known of {day}")


def unknown_today() -> ApiError:
    """Return the error while there is no day to show."""
    return unknown_day("today: no post was counted yet")


async def refuse_unknown(selected: Selection) -> None:
    """Refuse a named source, or networks, without a day in the archive and on the board.

    Raises:
        ApiError: it has none; the message names the sources that have.
    """
    wanted = selected.source or ",".join(selected.networks)
    if not wanted:
        return
    running = running_names(await read_pipeline_or_away())
    names = await sync_to_async(known_sources)(running)
    if not set(names).intersection(wanted.split(",")):
        parameter = "source" if selected.source else "networks"
        known = ", ".join(names) or "none yet"
        raise ApiError(404, f"{parameter}: nothing is known of {wanted!r}; known are: {known}")


def refuse_hidden(key: str, languages: Sequence[str]) -> None:
    """Refuse a hashtag that is hidden in some languages.

    Raises:
        ApiError: it is.
    """
    hides = hides_in(languages, datetime.now(UTC))
    if hides and hides(key):
        raise ApiError(404, f"hashtag: #{key[:100]} is hidden in these languages")
