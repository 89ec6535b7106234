"""How many posts may still be received from X this month: each one costs money. Pure."""

from datetime import datetime

from collector.sources.source import Cursor


class Budget:
    """The posts received in the current UTC month, against a limit."""

    def __init__(self, limit: int, cursor: Cursor) -> None:
        """Go on from what was received before."""
        self._limit = limit
        self._month: str = cursor["month"] if cursor else ""
        self._received: int = cursor["received"] if cursor else 0

    @property
    def cursor(self) -> Cursor:
        """What to go on from after a restart."""
        return {"month": self._month, "received": self._received}

    def receive(self, now: datetime) -> None:
        """Count a post."""
        self._begin_month(now)
        self._received += 1

    def is_spent(self, now: datetime) -> bool:
        """Return whether no more posts may be received this month."""
        self._begin_month(now)
        return self._received >= self._limit

    def explain(self, now: datetime) -> str:
        """Return why nothing is received, and when it goes on, for people."""
        next_month = f"{now.year + 1}-01" if now.month == 12 else f"{now.year}-{now.month + 1:02d}"
        return (
            f"the monthly budget of {self._limit} posts is spent: goes on {next_month}-01 00:00 UTC, "
            "or with a higher X_MONTHLY_POST_BUDGET"
        )

    def _begin_month(self, now: datetime) -> None:
        month = f"{now.year}-{now.month:02d}"
        if month > self._month:
            self._month, self._received = month, 0
