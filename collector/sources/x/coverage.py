"""Until when what X sent is received, and why not since then: the gaps of the stream.

X does not send again what it sent without a listener. The place is part of the cursor, so the time between two runs
of the collector is a gap as well.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from collector.sources import Cursor
from contract.gap import Gap

NOT_RUNNING = "the collector was not running"
_SECOND, _INSTANT = timedelta(seconds=1), timedelta(microseconds=1)
_ON_THE_WAY = _SECOND  # a post may have been on its way when the connection broke


@dataclass(frozen=True, slots=True)
class Coverage:
    """Everything until ``until`` is received but what was on its way then; None at the very beginning.

    ``reason`` is empty while X sends.
    """

    until: datetime | None = None
    reason: str = ""

    @classmethod
    def of_cursor(cls, cursor: Cursor) -> "Coverage":
        """Return the place in a cursor, which an earlier version may have written without one."""
        until = (cursor or {}).get("until")
        if not until:
            return cls()
        return cls(datetime.fromisoformat(until), str((cursor or {}).get("gap") or NOT_RUNNING))

    @property
    def cursor(self) -> dict[str, Any]:
        """The members of the cursor."""
        return {"until": self.until.isoformat(), "gap": self.reason} if self.until else {}

    def lost(self, reason: str) -> "Coverage":
        """Return the place when X no longer sends. The first reason of a gap stands."""
        return self if self.reason else replace(self, reason=reason)

    def gap(self, now: datetime) -> list[Gap]:
        """Return the gap until ``now``, if there is one; its end is rounded up, as gaps are in whole seconds."""
        if not self.reason or self.until is None:
            return []
        return [Gap(self.until - _ON_THE_WAY, max(self.until, now) + _SECOND - _INSTANT, self.reason)]
