"""Times of a day as the race has them, "03:10" or "03:10:25", and the gaps between posts in words."""

from collections.abc import Sequence

Gap = Sequence[str]
"""From, to: ``["03:10", "03:25"]``."""

_NAMED_GAPS = 8


def minute_of(time: str) -> int:
    """Return the minute of the day that a time lies in; ``24:00`` is 1440."""
    hours, minutes = time.split(":")[:2]
    return int(hours) * 60 + int(minutes)


def gaps_in_words(gaps: Sequence[Gap]) -> str:
    """Return one sentence about the gaps, the first eight by their times; empty without one."""
    if not gaps:
        return ""
    named = [f"from {start} to {end}" for start, end in gaps[:_NAMED_GAPS]]
    more = len(gaps) - len(named)
    listed = [*named, f"{more} more times"] if more else named
    joined = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
    return f"No posts came in {joined} (UTC)."
