"""Which day a query counts, and from where: decisions on the stream's days, without I/O.

The query of day D counts D and later, so that the board moves on while D may still get posts;
when D is closed, the query of the next day counts again from that day's first offset.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from contract.socket_protocol import DaySpan, StreamStatus


@dataclass(frozen=True)
class QueryPlan:
    """One query: it counts ``day``, whose posts begin at ``first``, and later, and ends at ``until``.

    It reads from ``start`` on; ``until`` is None while the day is not closed.
    """

    day: date
    first: int
    start: int
    until: int | None


def next_plan(stream: StreamStatus, done: Collection[date]) -> QueryPlan | None:
    """Return the query to run: that of the earliest day that is not done; None when there is none.

    Posts around midnight are out of order: a later day may have begun before this one's first post. Those
    posts are read as well, so that the board has them, unless they are counted, released and gone: then this
    query does without them, and the later day's own query, whose checkpoint has them, goes on where it was.
    """
    waiting = {day: span for day, span in stream.days.items() if day not in done}
    if not waiting:
        return None
    day = min(waiting)
    first = waiting[day].first_offset
    earliest = min(span.first_offset for span in waiting.values())
    return QueryPlan(day, first, min(first, max(earliest, stream.first_offset)), waiting[day].closed_offset)


def needed_from(days: Mapping[date, DaySpan], plan: QueryPlan, committed: int | None) -> int:
    """Return the offset below which no post is needed: it is counted, and no later day begins there."""
    later = [span.first_offset for day, span in days.items() if day > plan.day]
    return min([plan.start if committed is None else committed, *later])


def resumes_at(plan: QueryPlan, committed: int | None) -> int:
    """Return the first offset whose posts a query cannot do without: where it left off, or where its day begins."""
    return plan.first if committed is None else committed
