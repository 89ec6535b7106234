"""Bounds the log: requests of strangers cause short lines, and only a few per minute."""

import logging
import threading
import time
from collections.abc import Callable

from django.urls import reverse

from contract.error_reports import TEMPLATE

LINES_A_MINUTE = 30
"""From one place in the code. The first line of a later minute gives the number of lines left out."""

MAX_CHARACTERS = 500

_MINUTE = 60.0


class BoundedLog(logging.Filter):
    """Passes a line, shortened, unless its place in the code has logged too many this minute."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Take the time from ``now``, in seconds."""
        super().__init__()
        self._now = now
        self._lock = threading.Lock()
        self._minute = 0.0
        self._lines: dict[tuple[str, int], int] = {}
        self._left_out: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line passes. A request that Django refuses gets no traceback, since nothing failed."""
        if record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            return True  # logging reports what is wrong with it
        left_out = self._count((record.pathname, record.lineno))
        if left_out is None:
            return False
        if len(text) > MAX_CHARACTERS:
            text = f"{text[:MAX_CHARACTERS]}… ({len(text)} characters)"
        more = f" ({left_out} more like this were left out)" if left_out else ""
        setattr(record, TEMPLATE, record.msg)
        record.msg, record.args = f"{text}{more}", None
        return True

    def _count(self, place: tuple[str, int]) -> int | None:
        """Count a line. Return how many were left out before it, or None to leave it out."""
        with self._lock:
            if self._now() - self._minute >= _MINUTE:
                self._minute = self._now()
                self._lines.clear()
            self._lines[place] = self._lines.get(place, 0) + 1
            if self._lines[place] > LINES_A_MINUTE:
                self._left_out[place] = self._left_out.get(place, 0) + 1
                return None
            return self._left_out.pop(place, 0)


class NotUnready(logging.Filter):
    """Drops the records of ``django.request`` about a 503 of /readyz: its caller, often once a second, knows it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log ``record``, to which Django adds the request and its status."""
        request = getattr(record, "request", None)
        return not (request and record.__dict__.get("status_code") == 503 and request.path == reverse("readyz"))
