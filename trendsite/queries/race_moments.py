"""The moments of a race: its steps, the frame at each, and what is unknown there. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import gcd

from contract.closed_day import MINUTES
from contract.gap import Gap
from contract.race import FRAME_MINUTES
from trendsite.queries.minutes import Stretch, minute_of
from trendsite.queries.races import Race, RaceFrame

_GAP_OF_MEAN = 10
"""A page marks a gap if it lasts this many times the mean time between posts."""


def frame_at(race: Race, minute: int) -> RaceFrame | None:
    """Return the last frame up to a minute, None before the first."""
    return next((frame for frame in reversed(race.frames) if minute_of(frame.at) <= minute), None)


def first_moment(race: Race) -> int:
    """Return the first moment of the race with a known ranking."""
    if not race.frames:
        return 0
    step = step_of(race)
    return min(end_of(race), -(-minute_of(race.frames[0].at) // step) * step)


def marked_gaps(race: Race) -> list[Stretch]:
    """Return the gaps that a page marks: those of at least ten times the mean time between posts.

    If posts are rare, a minute without one does not mean that nothing was collected.
    """
    known = [posts for posts in race.minutes if posts is not None]
    posts = sum(known)
    least = _GAP_OF_MEAN * len(known) / posts if posts else 0
    return [gap for gap in race.gaps if minute_of(gap[1]) - minute_of(gap[0]) >= least]


def end_of(race: Race) -> int:
    """Return the minute at which the race ends: the end of the day, or the step after the last frame of today."""
    if race.final or not race.frames:
        return MINUTES
    return min(MINUTES, -(-(minute_of(race.frames[-1].at) + 1) // FRAME_MINUTES) * FRAME_MINUTES)


def step_of(race: Race) -> int:
    """Return the minutes between two moments: five, or 60 in a race with a frame per hour.

    A race that is not final may have begun on the hour and end between two hours: its step stays five.
    """
    apart = gcd(*(minute_of(frame.at) for frame in race.frames[:-1]))
    return 60 if race.final and apart and apart % 60 == 0 else FRAME_MINUTES


def moment_in(race: Race, minute: int) -> int:
    """Return the moment of the race that a minute lies in: the last step up to it."""
    return minute - minute % step_of(race)


def around(stretches: Sequence[Stretch], minute: int) -> Stretch | None:
    """Return the stretch that a minute lies in."""
    return next((stretch for stretch in stretches if minute_of(stretch[0]) < minute < minute_of(stretch[1])), None)


def known_steps(race: Race) -> list[tuple[int, RaceFrame]]:
    """Return each moment of the race whose ranking is known, with its frame, in order.

    Known means collected, and recorded as it happened, as a page's note says (``pages.replay.note_at``).
    """
    minutes = [minute_of(frame.at) for frame in race.frames]
    begin = max(first_moment(race), minute_of(race.first_post or "00:00"))
    step = step_of(race)
    silent = [(minute_of(start), minute_of(end)) for start, end in marked_gaps(race)]
    skipped = [(minute_of(start), minute_of(end)) for start, end in race.unrecorded]
    steps = []
    for minute in range(-(-begin // step) * step, end_of(race) + 1, step):
        number = bisect_right(minutes, minute) - 1
        if number < 0 or _lies_in(silent, minute):
            continue
        if minutes[number] == minute or not _lies_in(skipped, minute):
            steps.append((minute, race.frames[number]))
    return steps


def holes(races: Iterable[Race], known_gaps: Iterable[Gap] = ()) -> list[tuple[int, int]]:
    """Return the stretches, in minutes and in order, in which posts of one of the races are missing.

    A hole lasts at least a step of a race: a shorter one hides nothing that the race would show.
    """
    found = []
    for race in races:
        found += [(minute_of(start), minute_of(end)) for start, end in marked_gaps(race)]
        if race.first_post:
            found.append((0, minute_of(race.first_post)))
    found += [_minutes_of(gap) for gap in known_gaps]
    return sorted({hole for hole in found if hole[1] - hole[0] >= FRAME_MINUTES})


def _lies_in(stretches: Iterable[tuple[int, int]], minute: int) -> bool:
    return any(start < minute < end for start, end in stretches)


def _minutes_of(gap: Gap) -> tuple[int, int]:
    """Return the first and last minute of the day that a gap touches. One that ends at midnight ends with its day."""
    end = MINUTES if gap.end.date() > gap.start.date() else gap.end.hour * 60 + gap.end.minute
    return gap.start.hour * 60 + gap.start.minute, end
