"""X's own count of the project's posts, read at the start and once an hour.

Other programs on the same project use up its cap as well, and only X knows how many posts they read.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from random import random
from time import time

from collector.sources.x.budget import Budget
from collector.sources.x.client import XClient
from collector.sources.x.failures import FailureLog, XBackoff, XError, is_refused
from contract.backoff import at_least

_USAGE_SECONDS = 3_600.0
_REFUSED_SECONDS = 6 * 3_600.0

log = logging.getLogger(__name__)


class UsageReader:
    """Corrects the budget by what X reports, in its own thread."""

    def __init__(self, client: XClient, now: Callable[[], datetime]) -> None:
        """Read with ``client``, which no other thread may use. ``now`` is the machine's time (UTC)."""
        self._client = client
        self._now = now
        self._backoff = XBackoff()
        self._failures = FailureLog("X does not report the usage of the project, only our own posts count")

    def run(self, budget: Budget, stop: threading.Event) -> None:
        """Read now and then, until ``stop`` is set. Without an answer, only our own posts count."""
        while not stop.is_set():
            stop.wait(at_least(self._read(budget), random()))  # noqa: S311 - jitter

    def _read(self, budget: Budget) -> float:
        """Read once; return how long to wait (s)."""
        try:
            now = self._now()
            budget.on_usage(self._client.usage(now), now)
        except XError as error:
            # Some apps may not read it, and an older server does not have it.
            is_final = is_refused(error) or error.status == 404
            wait = _REFUSED_SECONDS if is_final else self._backoff.seconds_after(error, time())
            self._failures.log(error, wait)
            return wait
        self._backoff.reset()
        self._failures.forget()
        return _USAGE_SECONDS
