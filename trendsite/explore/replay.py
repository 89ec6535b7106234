"""A day's race as these pages need it: how it stood at a moment, and the moments that there are."""

from datetime import date
from math import gcd

from contract.closed_day import MINUTES
from contract.ranking import RankedHashtag
from trendsite.explore.asked import STEP_MINUTES
from trendsite.explore.times import minute_of
from trendsite.history.race import read_race
from trendsite.live.race import Race, RaceFrame


async def read_race_if_readable(source: str, day: date, language: str) -> Race | None:
    """Return the race of a day, None when nobody counted the day or its file cannot be read: a page does without."""
    try:
        return await read_race(source, day, language)
    except OSError:
        return None


def frame_at(race: Race, minute: int) -> RaceFrame | None:
    """Return the last frame that is not after a minute, None before the first."""
    return next((frame for frame in reversed(race.frames) if minute_of(frame.at) <= minute), None)


def places_of(race: Race, frame: RaceFrame, top: int) -> list[RankedHashtag]:
    """Return the first ``top`` places of a frame."""
    return [
        RankedHashtag(rank, race.hashtags.get(key, key), key, posts)
        for rank, (key, posts) in enumerate(frame.top[:top], start=1)
    ]


def end_of(race: Race) -> int:
    """Return the minute at which the race ends: that of the day, or of today's last frame, at the next step."""
    if race.final or not race.frames:
        return MINUTES
    return min(MINUTES, -(-(minute_of(race.frames[-1].at) + 1) // STEP_MINUTES) * STEP_MINUTES)


def step_of(race: Race) -> int:
    """Return how many minutes lie between moments that differ: five, or an hour in a race of hours.

    A race that goes on may have begun on the hour and end between two hours: its step stays five.
    """
    apart = gcd(*(minute_of(frame.at) for frame in race.frames[:-1]))
    return 60 if race.final and apart and apart % 60 == 0 else STEP_MINUTES


def moment_in(race: Race, minute: int) -> int:
    """Return the moment of the race that a minute lies in: where its ranking was last known to differ."""
    return minute - minute % step_of(race)


def gap_around(race: Race, minute: int) -> tuple[str, str] | None:
    """Return the gap that a minute lies in."""
    return next((gap for gap in race.gaps if minute_of(gap[0]) < minute < minute_of(gap[1])), None)
