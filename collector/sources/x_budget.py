"""How many posts may still be received from X this month: each one costs money. Pure."""

from datetime import datetime

from collector.sources.source import Cursor

_KEPT_MONTHS = 12


class Budget:
    """The posts received in each month that the clock has shown, against a limit for each.

    A clock that leaps into another month and comes back finds there what was received before; one
    that is behind all these months is wrong, and gets nothing.
    """

    def __init__(self, limit: int, cursor: Cursor) -> None:
        """Go on from what was received before."""
        self._limit = limit
        self._received: dict[str, int] = dict(cursor.get("received_in", {})) if cursor else {}

    @property
    def cursor(self) -> Cursor:
        """What to go on from after a restart."""
        return {"received_in": dict(self._received)}

    def receive(self, now: datetime) -> None:
        """Count a post."""
        month = _month(now)
        others = {other: received for other, received in self._received.items() if other != month}
        if len(others) == _KEPT_MONTHS:
            del others[next(iter(others))]  # the one not used for longest
        # Replaced as a whole, because another thread asks for the cursor at any moment.
        self._received = {**others, month: self._received.get(month, 0) + 1}

    def is_spent(self, now: datetime) -> bool:
        """Return whether no more posts may be received this month."""
        month = _month(now)
        if self._received and month < min(self._received):
            return True
        return self._received.get(month, 0) >= self._limit

    def explain(self, now: datetime) -> str:
        """Return why nothing is received, and when it goes on, for people."""
        next_month = f"{now.year + 1}-01" if now.month == 12 else f"{now.year}-{now.month + 1:02d}"
        return (
            f"the monthly budget of {self._limit} posts is spent: goes on {next_month}-01 00:00 UTC, "
            "or with a higher X_MONTHLY_POST_BUDGET"
        )


def _month(now: datetime) -> str:
    return f"{now.year}-{now.month:02d}"
