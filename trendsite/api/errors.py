"""What the API answers when it has no better answer: a status and ``{"error": "one sentence"}``."""

import msgspec
from django.http import HttpResponse


class Error(msgspec.Struct):
    """Why there is no better answer, in one sentence."""

    error: str


class ApiError(Exception):
    """Ends a request. The message says what was wrong and what is allowed."""

    def __init__(self, status: int, message: str) -> None:
        """Answer with HTTP ``status``."""
        super().__init__(message)
        self.status = status


def unknown_day(day: str) -> ApiError:
    """Return the answer for a day that nobody counted."""
    return ApiError(404, f"day: nothing is known of {day}")


def unknown_today() -> ApiError:
    """Return the answer while there is no day to show."""
    return unknown_day("today: no post was counted yet")


def error_answer(status: int, message: str) -> HttpResponse:
    """Return an error as it is sent. Nobody keeps it."""
    response = HttpResponse(msgspec.json.encode(Error(message)), content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response
