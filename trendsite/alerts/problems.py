"""What the site reports -> which problems began and which ended. Pure."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from contract.backoff import Backoff

PATIENCE_SECONDS = 10.0
AWAY_PATIENCE_SECONDS = 30.0
"""How long a problem must last before it is one. What stopped is started again, and mostly that is all it takes."""

GONE = Backoff(first=20.0, longest=900.0)
"""How long a problem must be gone before it has ended: longer after each time that it came back."""

FORGET_SECONDS = 3_600.0
"""After this time without a problem, its earlier times no longer count."""

STARTING_SECONDS = 120.0
"""Until all is well for the first time, or this time has passed, the parts still start."""

_THROUGH_REDIS = frozenset(("collector", "streaming", "archive"))
"""These parts report through Redis: without it their state is unknown."""

Key = tuple[str, str, str]


class Problem(msgspec.Struct, frozen=True):
    """A problem as the site reports it (trendsite.queries.problems)."""

    part: str
    kind: str
    what: str
    todo: str = ""
    since: datetime | None = None
    network: str = ""

    @property
    def key(self) -> Key:
        """What makes two reports the same problem: its words may change."""
        return self.part, self.kind, self.network


SITE_AWAY = Problem(
    "site",
    "away",
    "the site does not answer",
    "It is started again by itself. If this stays, `make status` shows the processes, var/log why.",
)


class Event(msgspec.Struct, frozen=True):
    """A problem began, or it ``has_ended``, at a time (UTC)."""

    problem: Problem
    has_ended: bool
    at: datetime


class Tracker:
    """Compares what the site reports at each check with what is known. Seconds are of a clock that only counts."""

    def __init__(self, known: Iterable[Problem], started_at: float) -> None:
        """Start with the problems that an earlier process has reported already."""
        self._known = {problem.key: problem for problem in known}
        self._seen_at: dict[Key, float] = {}
        self._gone_at: dict[Key, float] = {}
        self._times: dict[Key, int] = {}
        self._starts_until = started_at + STARTING_SECONDS

    @property
    def known(self) -> list[Problem]:
        """The problems that have begun and not ended."""
        return list(self._known.values())

    def update(self, reported: Iterable[Problem], now: datetime, seconds: float) -> list[Event]:
        """Return what began and what ended."""
        found = {problem.key: problem for problem in reported}
        began = [problem for key, problem in found.items() if self._begins(key, problem, seconds)]
        ended = [
            problem for key, problem in self._known.items() if key not in found and self._ends(key, found, seconds)
        ]
        self._forget(found, seconds)
        if not found:
            self._starts_until = seconds
        for problem in began:
            self._known[problem.key] = problem
            self._times[problem.key] = self._times.get(problem.key, 0) + 1
        for problem in ended:
            del self._known[problem.key]
        return [*(Event(problem, False, now) for problem in began), *(Event(problem, True, now) for problem in ended)]

    def _begins(self, key: Key, problem: Problem, seconds: float) -> bool:
        seen_at = self._seen_at.setdefault(key, seconds)
        self._gone_at.pop(key, None)
        patience = AWAY_PATIENCE_SECONDS if problem.kind == "away" else PATIENCE_SECONDS
        return key not in self._known and seconds - seen_at >= patience and seconds >= self._starts_until

    def _ends(self, key: Key, found: Iterable[Key], seconds: float) -> bool:
        if _is_unknown(key, found):
            return False
        gone_at = self._gone_at.setdefault(key, seconds)
        return seconds - gone_at >= GONE.ceiling(max(1, self._times.get(key, 1)))

    def _forget(self, found: Iterable[Key], seconds: float) -> None:
        """Forget what is long over, so that nothing here grows."""
        present = set(found)
        self._seen_at = {key: at for key, at in self._seen_at.items() if key in present}
        self._gone_at = {key: at for key, at in self._gone_at.items() if seconds - at < FORGET_SECONDS}
        self._times = {
            key: times
            for key, times in self._times.items()
            if key in present or key in self._known or key in self._gone_at
        }


def _is_unknown(key: Key, found: Iterable[Key]) -> bool:
    """Return whether a problem may still exist although it is not reported."""
    away = {part for part, kind, _ in found if kind == "away"}
    return "site" in away or ("redis" in away and key[0] in _THROUGH_REDIS)
