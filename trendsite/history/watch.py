"""Keeps the archive going beside the site: a check now and again until it is told to stop."""

import logging
from collections.abc import Callable

from trendsite.history.backlog import reason, retry_delay

_log = logging.getLogger(__name__)


def watch(
    check: Callable[[], object], wait: Callable[[float], bool], seconds: float, random: Callable[[], float]
) -> None:
    """Call ``check`` every ``seconds`` until ``wait``, an Event's, returns true.

    A check that fails is logged and made again later: first soon, then less and less often.
    """
    failures = 0
    stopped = False
    while not stopped:
        try:
            check()
            failures = 0
        except Exception as error:  # noqa: BLE001 - the database or the disk may be back for the next check
            failures += 1
            _log.error("the archive could not check for closed days: %s", reason(error))
        stopped = wait(retry_delay(failures, random()) if failures else seconds)
