"""Waiting for what another process does, never for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

_PAUSE_SECONDS = 0.05


class BenchmarkError(RuntimeError):
    """A benchmark could not be measured. The message is one line that says why."""


def wait_until(happened: Callable[[], Value | None], what: str, seconds: float = 120) -> Value:
    """Return the first true value of ``happened``, asked twenty times a second.

    Raises:
        BenchmarkError: it did not happen in time.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := happened():
            return value
        time.sleep(_PAUSE_SECONDS)
    raise BenchmarkError(f"within {seconds:g} s it did not happen that {what}")
