"""What the API answers when it has no better answer: a status and one sentence."""


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
