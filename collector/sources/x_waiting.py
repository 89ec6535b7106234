"""How long to wait before X is asked again. Pure."""

from collector.sources.x_client import XError

_FIRST_SECONDS = 1.0
_LAST_SECONDS = 300.0
_RATE_LIMIT_SECONDS = 60.0
_RATE_LIMIT_WINDOW_SECONDS = 900.0
_REFUSED = (401, 402, 403)


def is_refused(error: XError) -> bool:
    """Return whether only a person can help: the token, its rights or its credit are at fault."""
    return error.status in _REFUSED


def seconds_to_wait(error: XError, failures: int, now: float) -> float:
    """Return the shortest pause after the ``failures``-th failure in a row.

    ``now`` is in seconds since 1970.
    """
    doubled = 2.0 ** min(failures - 1, 20)
    if is_refused(error):
        seconds = _LAST_SECONDS
    elif error.status == 429:
        # X says when it will listen again; only without that must we guess. Where it says more than
        # its quarter of an hour, our clock is wrong.
        guess = min(_RATE_LIMIT_SECONDS * doubled, _RATE_LIMIT_WINDOW_SECONDS)
        seconds = min(error.reset_at - now, _RATE_LIMIT_WINDOW_SECONDS) if error.reset_at > now else guess
    else:
        seconds = min(_FIRST_SECONDS * doubled, _LAST_SECONDS)
    return seconds
