"""Which of the stream's days are open, closed or done: decisions without I/O."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from contract.socket_protocol import DaySpan, StreamStatus


def waiting_days(stream: StreamStatus, done: Collection[date], first_day: date = date.min) -> dict[date, DaySpan]:
    """Return the days of the stream from ``first_day`` on that are not done, earliest first."""
    return {day: stream.days[day] for day in sorted(stream.days) if day >= first_day and day not in done}


def counted_to_the_end(waiting: Mapping[date, DaySpan], counted: int) -> list[date]:
    """Return the days that are closed and counted to their end, earliest first."""
    return [day for day, span in waiting.items() if span.closed_offset is not None and span.closed_offset <= counted]


def begins_at(waiting: Mapping[date, DaySpan], stream: StreamStatus) -> int:
    """Return where counting begins that has counted nothing: with the first post of the days that wait for it."""
    return min((span.first_offset for span in waiting.values()), default=stream.end_offset)


def first_open_day(stream: StreamStatus, done: Collection[date]) -> date:
    """Return the earliest day that posts may count in.

    The collector forgets a day that is done in time, so where the stream's days begin, days may have been done before.
    But where they begin with the stream itself there was none: then a late post may be the first of an earlier day.
    """
    if done:
        return max(done) + timedelta(days=1)
    return min(stream.days) if begins_at(stream.days, stream) else date.min


def releasable(waiting: Mapping[date, DaySpan], counted: int) -> int:
    """Return the offset below which nothing is needed: it is counted, and no closed day that is not done ends below.

    The collector forgets a closed day once more than its end is released.
    """
    ends = [span.closed_offset for span in waiting.values() if span.closed_offset is not None]
    return min([counted, *ends])
