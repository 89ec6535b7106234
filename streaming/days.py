"""Which day a query counts, and from where: decisions on the stream's days, without I/O.

The query of day D counts D and later, so that the board moves on while D may still get posts;
when D is closed, the query of the next day counts again from that day's first offset.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from contract.socket_protocol import DaySpan


@dataclass(frozen=True)
class QueryPlan:
    """One query: it counts ``day`` and later, from ``start``, and ends at ``until`` (None: not closed yet)."""

    day: date
    start: int
    until: int | None


def next_plan(days: Mapping[date, DaySpan], done: Collection[date]) -> QueryPlan | None:
    """Return the query to run: that of the earliest day that is not done; None when there is none."""
    waiting = {day: span for day, span in days.items() if day not in done}
    if not waiting:
        return None
    day = min(waiting)
    # Posts around midnight are out of order: a later day may have begun before this one's first post.
    return QueryPlan(day, min(span.first_offset for span in waiting.values()), waiting[day].closed_offset)


def needed_from(days: Mapping[date, DaySpan], plan: QueryPlan, committed: int | None) -> int:
    """Return the offset below which no post is needed: it is counted, and no later day begins there."""
    later = [span.first_offset for day, span in days.items() if day > plan.day]
    return min([plan.start if committed is None else committed, *later])
