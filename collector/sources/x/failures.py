"""Failures of X: what one is, how long to wait after it, and a log that has each one once."""

import logging

from contract.backoff import Backoff

log = logging.getLogger(__name__)


class XError(Exception):
    """X refused or failed. The message is one line for people.

    ``status`` is the HTTP status, 0 without one. ``reset_at`` is when X allows the next request, in seconds since 1970,
    0 if unknown.
    """

    def __init__(self, message: str, status: int = 0, reset_at: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.reset_at = reset_at


_REFUSED = (401, 402, 403)
_REFUSED_SECONDS = 300.0
_RATE_LIMIT = Backoff(first=60.0, longest=900.0)
_SERVER = Backoff(first=5.0, longest=320.0)
_NETWORK_STEP_SECONDS, _NETWORK_LAST_SECONDS = 0.25, 16.0


def is_refused(error: XError) -> bool:
    """Return whether only a person can help: the token, its rights or its credit are wrong."""
    return error.status in _REFUSED


class XBackoff:
    """Delays before the next attempt, with a count of failures in a row for each kind: network, HTTP, rate limit."""

    def __init__(self) -> None:
        self._network = self._server = self._rate_limit = 0

    def on_response(self) -> None:
        """Reset the failures of X itself. The network may still drop one connection after the other."""
        self._server = self._rate_limit = 0

    def reset(self) -> None:
        """Reset all failures: the next one of any kind is the first."""
        self._network = self._server = self._rate_limit = 0

    def seconds_after(self, error: XError, now: float) -> float:
        """Return the shortest delay after one more failure, in seconds. ``now`` is in seconds since 1970.

        Network: 250 ms more each time, up to 16 s. Failures of X: 5 s, doubling to 320 s. Rate limit: 60 s, doubling to
        900 s, unless X names the time of its reset. If X then refuses again, that time was wrong, and the delay is at
        least the previous step of the backoff.
        """
        if is_refused(error):
            return _REFUSED_SECONDS
        if error.status == 429:
            self._rate_limit += 1
            # X's window is a quarter of an hour. If the reset is later, one of the two clocks is wrong.
            until_reset = error.reset_at - now
            if not 0 < until_reset <= _RATE_LIMIT.longest:
                return _RATE_LIMIT.ceiling(self._rate_limit)
            return until_reset if self._rate_limit == 1 else max(until_reset, _RATE_LIMIT.ceiling(self._rate_limit - 1))
        if error.status:
            self._server += 1
            return _SERVER.ceiling(self._server)
        self._network += 1
        return min(_NETWORK_STEP_SECONDS * self._network, _NETWORK_LAST_SECONDS)


_MAX_REMEMBERED = 100


class FailureLog:
    """Logs a failure once, however often it repeats, until :meth:`forget`."""

    def __init__(self, what: str) -> None:
        """Each line begins with ``what``."""
        self._what = what
        self._logged: set[str] = set()

    def log(self, error: XError, wait: float) -> bool:
        """Log a failure and the ``wait`` (s) that follows; return whether it is new."""
        message = str(error)
        is_new = self.is_new(message)
        if is_new:
            log.warning("%s: %s; next try in %.0f s", self._what, message, wait)
        return is_new

    def is_new(self, message: str) -> bool:
        """Return whether a message comes for the first time."""
        if message in self._logged or len(self._logged) >= _MAX_REMEMBERED:
            return False
        self._logged.add(message)
        return True

    def forget(self) -> None:
        """Log each failure again: it worked in between."""
        self._logged.clear()
