"""Event times as the networks write them -> UTC, within the years a post can be of."""

from datetime import UTC, datetime

_FIRST_YEAR = 1970
_LAST_YEAR = 2199


def utc(moment: datetime) -> datetime | None:
    """Return an event time in UTC; None without a time zone or outside 1970 to 2199."""
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR or moment.tzinfo is None:
        return None
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
