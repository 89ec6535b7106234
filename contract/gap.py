"""Gaps: times of which a source knows that posts are missing. Pure.

The collector commits the gaps of open days together with the posts, reports them in its status, and writes them to the
file of the day's dropped posts (:mod:`contract.dropped`).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

import msgspec

MAX_GAPS_OF_DAY = 24
MAX_REASON_CHARACTERS = 80
SEVERAL_REASONS = "several reasons"

_DAY = timedelta(days=1)


class Gap(msgspec.Struct, frozen=True, omit_defaults=True):
    """Posts between ``start`` and ``end``, in UTC, are missing or may be.

    ``reason`` is for people: a few words that may name the network's server, and no account. ``times`` is the number of
    interruptions between ``start`` and ``end``, if it is more than one: a day has at most MAX_GAPS_OF_DAY, and those
    beyond become one with their nearest neighbour.
    """

    start: datetime
    end: datetime
    reason: str
    times: int = 1


def with_gaps(known: Sequence[Gap], new: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return the gaps in order, those over midnight as one for each day.

    A new gap with the start and the reason of a known one is that one, which has grown. So a source may report a gap
    again and again while it lasts.
    """
    gaps = {(gap.start, gap.reason): gap for gap in known}
    for gap in new:
        for piece in _pieces(gap):
            before = gaps.get((piece.start, piece.reason))
            if before is None or piece.end > before.end:
                gaps[piece.start, piece.reason] = piece
    ordered = sorted(gaps.values(), key=lambda gap: (gap.start, gap.end))
    days = groupby(ordered, key=lambda gap: gap.start.date())
    return tuple(gap for _, of_day in days for gap in _bounded(list(of_day)))


def gaps_of(day: date, gaps: Iterable[Gap]) -> list[Gap]:
    """Return the gaps of one day."""
    return [gap for gap in gaps if gap.start.date() == day]


def _pieces(gap: Gap) -> Iterable[Gap]:
    """Yield the parts of a gap, in whole seconds, one for each day."""
    start, last = gap.start.replace(microsecond=0), gap.end.replace(microsecond=0)
    reason = gap.reason[:MAX_REASON_CHARACTERS]
    while (midnight := start.replace(hour=0, minute=0, second=0) + _DAY) < last:
        yield Gap(start, midnight, reason, gap.times)
        start = midnight
    yield Gap(start, max(start, last), reason, gap.times)


def _bounded(of_day: list[Gap]) -> list[Gap]:
    """Return at most MAX_GAPS_OF_DAY gaps of one day: join the neighbours that are nearest to each other."""
    while len(of_day) > MAX_GAPS_OF_DAY:
        spaces = [after.start - before.end for before, after in pairwise(of_day)]
        nearest = spaces.index(min(spaces))
        of_day[nearest : nearest + 2] = [_joined(of_day[nearest], of_day[nearest + 1])]
    return of_day


def _joined(first: Gap, second: Gap) -> Gap:
    reason = first.reason if first.reason == second.reason else SEVERAL_REASONS
    return Gap(first.start, max(first.end, second.end), reason, first.times + second.times)
