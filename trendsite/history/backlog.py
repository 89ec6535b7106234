"""Works off the days that wait for the archive: a day that fails is tried again later, the others go on."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trendsite.history.archive import ClosedDay

_log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 30.0
LAST_RETRY_SECONDS = 3_600.0


@dataclass
class _Failure:
    times: int
    retry_at: float


class Backlog:
    """Archives day after day, and remembers which ones failed and when to try them again."""

    def __init__(
        self, archive: Callable[[ClosedDay], None], monotonic: Callable[[], float], random: Callable[[], float]
    ) -> None:
        """Archive through ``archive``; ``monotonic`` gives seconds, ``random`` a number in [0, 1)."""
        self._archive = archive
        self._monotonic = monotonic
        self._random = random
        self._failures: dict[ClosedDay, _Failure] = {}

    def work_off(self, days: Iterable[ClosedDay]) -> tuple[list[ClosedDay], list[ClosedDay]]:
        """Archive the days that are due, in order; return those that are now archived and those that failed."""
        archived: list[ClosedDay] = []
        failed: list[ClosedDay] = []
        for day in days:
            failure = self._failures.get(day)
            if failure and self._monotonic() < failure.retry_at:
                continue
            (archived if self._succeeds(day) else failed).append(day)
        return archived, failed

    def _succeeds(self, day: ClosedDay) -> bool:
        try:
            self._archive(day)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not block the other days
            _log.error("%s was not archived: %s", day, reason(error))
            self._postpone(day)
            return False
        self._failures.pop(day, None)
        return True

    def _postpone(self, day: ClosedDay) -> None:
        times = self._failures[day].times + 1 if day in self._failures else 1
        self._failures[day] = _Failure(times, self._monotonic() + retry_delay(times, self._random()))


def retry_delay(failures: int, random: float) -> float:
    """Return the seconds to wait after so many failures in a row: doubling, bounded, half of it random in [0, 1)."""
    longest = min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 16))
    return longest * (0.5 + random / 2)


def reason(error: Exception) -> str:
    """Return what went wrong in one line."""
    first_line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
