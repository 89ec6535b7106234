"""The path of each hashtag through a day's race: its best rank, its biggest climb, its time in the top ten. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trendsite.queries.race_moments import step_of
from trendsite.queries.races import Race, RaceFrame

TOP_TEN = 10
CLIMB_MINUTES = 60
"""A climb is compared over so many minutes."""

FIRST_MINUTES = 120
"""At the beginning of a race few posts make many places."""

_FEWEST_PLACES = 40
"""Only if a ranking has at least so many places, a hashtag that was not among them was far below."""

Hole = tuple[int, int]
"""(from, until) in minutes of the day."""

Steps = Sequence[tuple[int, RaceFrame]]
"""The known moments of a race (``race_moments.known_steps``)."""


@dataclass(frozen=True)
class Climb:
    """A hashtag rose by ``places`` to ``rank`` between two minutes of the day.

    ``from_outside`` means that it had no place at the start: it rose by at least so many places.
    """

    start: int
    end: int
    rank: int
    places: int
    from_outside: bool = False


@dataclass
class Path:
    """What a race says of a hashtag: its ``best`` rank and the first minute with it, and its biggest ``climb``.

    It was in the top ten for so many ``minutes``, without moments with an unknown ranking.
    """

    key: str
    best: int
    best_at: int
    climb: Climb | None = None
    minutes: int = 0


@dataclass(frozen=True)
class Lead:
    """A hashtag led from the minute ``start`` until the minute ``end``."""

    key: str
    start: int
    end: int


def paths_of(race: Race, steps: Steps, missing: Sequence[Hole]) -> dict[str, Path]:
    """Return the path of each hashtag that the race ranks at a known moment, by key."""
    step = step_of(race)
    paths: dict[str, Path] = {}
    for minute, frame in steps:
        for rank, (key, _) in enumerate(frame.top, start=1):
            path = paths.get(key)
            if path is None:
                path = paths[key] = Path(key, rank, minute)
            elif rank < path.best:
                path.best, path.best_at = rank, minute
            if rank <= TOP_TEN:
                path.minutes += step
    for start, before, end, after in _whole_hours(steps, step, missing):
        _find_climbs(paths, start, before, end, after, are_several=bool(race.by_source))
    return paths


def weight(climb: Climb | None) -> float:
    """Return how large a climb is: what it divided the rank by. From 40 to 10 counts as much as from 4 to 1."""
    return (climb.rank + climb.places) / climb.rank if climb else 1.0


def _whole_hours(steps: Steps, step: int, missing: Sequence[Hole]) -> Iterable[tuple[int, RaceFrame, int, RaceFrame]]:
    """Yield the first and the last moment of each hour in which every moment is known and nothing is missing."""
    by_minute = dict(steps)
    begin = steps[0][0] if steps else 0
    for end, frame in steps:
        start = end - CLIMB_MINUTES
        if start < begin + FIRST_MINUTES or any(minute not in by_minute for minute in range(start, end, step)):
            continue
        if not any(hole[0] < end and start < hole[1] for hole in missing):
            yield start, by_minute[start], end, frame


def _find_climbs(  # noqa: PLR0913 - two moments
    paths: Mapping[str, Path], start: int, before: RaceFrame, end: int, after: RaceFrame, *, are_several: bool
) -> None:
    """Keep the climbs of an hour that are larger than those found before.

    In the race of several networks a hashtag without a place may have had any number of posts: it is left out.
    """
    ranks = {key: rank for rank, (key, _) in enumerate(before.top, start=1)}
    outside = len(before.top) + 1
    for rank, (key, _) in enumerate(after.top, start=1):
        was = ranks.get(key)
        if was is None and (outside <= _FEWEST_PLACES or are_several):
            continue
        if (was or outside) / rank <= weight(paths[key].climb) or (are_several and _joins_late(key, before, after)):
            continue
        paths[key].climb = Climb(start, end, rank, (was or outside) - rank, was is None)


def _joins_late(key: str, before: RaceFrame, after: RaceFrame) -> bool:
    """Return whether a network's posts of a hashtag count for the first time: then it jumps without more posts.

    In the race of several networks, the posts of a network are unknown until the hashtag is among its first 50.
    """
    return any(had == 0 and has > 0 for had, has in zip(_shares(key, before), _shares(key, after), strict=False))


def _shares(key: str, frame: RaceFrame) -> Sequence[int]:
    if not frame.shares:
        return ()
    return next((posts for (other, _), posts in zip(frame.top, frame.shares, strict=True) if other == key), ())


def leads_of(steps: Steps) -> list[Lead]:
    """Return who led the race from when until when, in order. An unknown moment does not end a lead."""
    leads: list[Lead] = []
    for minute, frame in steps:
        if not frame.top:
            continue
        key = frame.top[0][0]
        if leads:
            leads[-1] = replace(leads[-1], end=minute)
        if not leads or leads[-1].key != key:
            leads.append(Lead(key, minute, minute))
    return leads
