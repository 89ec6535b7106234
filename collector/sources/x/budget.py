"""What X may send: the posts received in each month and on each day, against a monthly limit and the project's cap.

X charges each post. The numbers go with the cursor into the log, so a restart continues them.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache

from collector.sources import Cursor
from contract.status import BudgetStatus
from contract.x_rule import DOLLARS_PER_POST

_MAX_MONTHS = 12
_MAX_DAYS = 7


@dataclass(frozen=True, slots=True)
class ProjectUsage:
    """X's own count for the project of our app: the posts ``used`` of its ``cap``, in a period to ``until`` (UTC).

    Posts of other programs on the same project are among them. A cap of 0 is none.
    """

    used: int
    cap: int
    until: datetime


class Budget:
    """The number of posts received in each month, against a monthly limit.

    A clock that leaps into another month and comes back finds the earlier number. A clock that is behind all these
    months is wrong, so nothing may be received.
    """

    def __init__(self, limit: int, cursor: Cursor) -> None:
        """Resume with the numbers of the cursor."""
        self._limit = limit
        self._lock = threading.Lock()  # the connection counts, and the reader of X's own count corrects
        self._months = _numbers(cursor, "received_in")
        self._days = _numbers(cursor, "received_on")
        self._project: ProjectUsage | None = None

    @property
    def cursor(self) -> Cursor:
        """The numbers to resume from after a restart."""
        return {"received_in": dict(self._months), "received_on": dict(self._days)}

    def count_posts(self, posts: int, now: datetime) -> None:
        """Count posts that X sent."""
        if not posts:
            return
        with self._lock:
            day = _day(now)
            month = day[:7]
            if next(reversed(self._days), None) == day and next(reversed(self._months), None) == month:
                self._months[month] += posts
                self._days[day] += posts
            else:
                # Replaced as a whole, because other threads read them at any moment.
                self._months = _with_more(self._months, month, posts, _MAX_MONTHS)
                self._days = _with_more(self._days, day, posts, _MAX_DAYS)
            if project := self._project:
                self._project = replace(project, used=project.used + posts)

    def on_usage(self, reported: ProjectUsage, now: datetime) -> None:
        """Take over what X reports of the project.

        X's count lags behind. So within a period it never falls, and it is never below our own.
        """
        own = self._months.get(_month(now), 0) if reported.until == _next_first(now) else 0
        with self._lock:
            held = self._current_project(now)
            used = max(reported.used, own, held.used if held and held.until == reported.until else 0)
            self._project = replace(reported, used=used)

    def room(self, now: datetime) -> int:
        """Return how many more posts may be received now."""
        month, project = _month(now), self._current_project(now)
        if month not in self._months and self._months and month < min(self._months):
            return 0
        room = self._limit - self._months.get(month, 0)
        return max(0, min(room, project.cap - project.used) if project and project.cap else room)

    def is_spent(self, now: datetime) -> bool:
        """Return whether no more posts may be received."""
        return self.room(now) == 0

    def explain(self, now: datetime) -> str:
        """Explain to people why nothing is received, and when it resumes."""
        resumes = f"collecting resumes on {self._resumes(now):%Y-%m-%d} 00:00 UTC"
        project = self._spent_project(now)
        if project and self._months.get(_month(now), 0) < self._limit:
            return f"X counts {project.used:,} of {project.cap:,} posts for all programs of the X project: {resumes}"
        return f"the monthly budget of {self._limit} posts is spent: {resumes}, or with a higher X_MONTHLY_POST_BUDGET"

    def status(self, now: datetime) -> BudgetStatus:
        """Return the numbers for people."""
        project = self._current_project(now)
        return BudgetStatus(
            limit=self._limit,
            month=self._months.get(_month(now), 0),
            today=self._days.get(_day(now), 0),
            dollars_per_post=float(DOLLARS_PER_POST),
            paused_until=self._resumes(now) if self.is_spent(now) else None,
            project_used=project.used if project else None,
            project_cap=(project.cap or None) if project else None,
        )

    def _current_project(self, now: datetime) -> ProjectUsage | None:
        return self._project if self._project and now < self._project.until else None

    def _spent_project(self, now: datetime) -> ProjectUsage | None:
        project = self._current_project(now)
        return project if project and 0 < project.cap <= project.used else None

    def _resumes(self, now: datetime) -> datetime:
        """Return when posts may be received again: in the next month, or in the next period of the project."""
        project = self._spent_project(now)
        if not project:
            return _next_first(now)
        is_own_spent = self._months.get(_month(now), 0) >= self._limit
        return max(project.until, _next_first(now)) if is_own_spent else project.until


def next_reset(now: datetime, day: int) -> datetime:
    """Return the next moment (UTC) at which a day of the month begins, on the last day of a shorter month."""
    for months in range(3):
        year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
        begins = datetime(year, month + 1, min(day, _days_in(year, month + 1)), tzinfo=UTC)
        if begins > now:
            return begins
    raise AssertionError("a month has a last day")


def _days_in(year: int, month: int) -> int:
    first, following = datetime(year, month, 1, tzinfo=UTC), _next_first(datetime(year, month, 1, tzinfo=UTC))
    return (following - first).days


def _next_first(now: datetime) -> datetime:
    return (
        datetime(now.year + 1, 1, 1, tzinfo=UTC)
        if now.month == 12
        else datetime(now.year, now.month + 1, 1, tzinfo=UTC)
    )


def _with_more(counts: Mapping[str, int], period: str, posts: int, most: int) -> dict[str, int]:
    """Return the counts with more posts in a period, which becomes the latest; the least recently used one goes."""
    others = {other: received for other, received in counts.items() if other != period}
    if len(others) == most:
        del others[next(iter(others))]
    return {**others, period: counts.get(period, 0) + posts}


def _numbers(cursor: Cursor, name: str) -> dict[str, int]:
    return dict(cursor.get(name, {})) if cursor else {}


def _month(now: datetime) -> str:
    return _names(now.date())[0]


def _day(now: datetime) -> str:
    return _names(now.date())[1]


@lru_cache(maxsize=4)
def _names(day: date) -> tuple[str, str]:
    """Return the names of a month and a day in the cursor. Each read of the stream asks for them."""
    return f"{day:%Y-%m}", day.isoformat()
