"""The facts of a day's story: found in its numbers, scored by interest, each hashtag at most once. Pure.

A fact claims nothing that a gap could explain: it is left out, or marked as known only as far as recorded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import log2, log10
from typing import Literal

import msgspec

from contract.closed_day import MINUTES
from contract.ranking import RankedHashtag
from trendsite.queries.day_hours import DayHours, Hours
from trendsite.queries.minutes import clock_time
from trendsite.queries.newcomers import Novelty
from trendsite.queries.race_moments import end_of, known_steps
from trendsite.queries.races import Race
from trendsite.story.paths import TOP_TEN, Hole, Path, Steps, leads_of, paths_of, weight

MOST_FACTS = 5
FEWEST_FACTS = 3

_MOST_RISES = 2
_NOTABLE_RANK = 25
_LEAST_WEIGHT = 2.0
"""A rise is told if it at least halved the rank."""

_LEAST_RISE = 3
_LEAST_SHARE = 0.25
"""A burst is told if one hour has at least this share of a hashtag's posts."""

_LEAST_POSTS = 20
_FEWEST_HOURS = 3
"""Of fewer hours none is the busiest."""

Kind = Literal["led", "most_used", "rise", "burst", "busiest_hour", "new", "back", "second"]

_ORDER: Mapping[Kind, int] = {"led": 0, "most_used": 0, "second": 1, "rise": 2, "burst": 2, "busiest_hour": 3}


class Fact(msgspec.Struct, omit_defaults=True):
    """One fact of a day. ``text`` is its sentence in English.

    ``key`` and ``hashtag`` name the hashtag, if it is about one. ``at`` is its moment in the race (``HH:MM`` UTC, null
    for the end), ``start`` and ``end`` its time. ``rank``, ``places`` (risen by at least as many if ``from_outside`` of
    the 50 recorded places), ``posts``, ``of_posts`` (all posts of the hashtag), ``days`` (recorded days before) and
    ``last`` (the last day with it) are its numbers. A fact is ``certain`` unless missing posts could change it. It is
    ``running`` if its day is.
    """

    kind: Kind
    text: str = ""
    key: str | None = None
    hashtag: str | None = None
    at: str | None = None
    start: str | None = None
    end: str | None = None
    rank: int | None = None
    places: int | None = None
    from_outside: bool = False
    posts: int | None = None
    of_posts: int | None = None
    days: int | None = None
    last: date | None = None
    certain: bool = True
    running: bool = False


@dataclass(frozen=True)
class DayNumbers:
    """All that is known of a day in one language: its ranking, its race, its hours, and what is new.

    ``missing`` are the holes of its sources. ``is_running`` means that the day goes on.
    """

    top: Sequence[RankedHashtag]
    race: Race | None
    steps: Steps
    paths: Mapping[str, Path]
    missing: Sequence[Hole]
    is_running: bool
    hours: DayHours = field(default_factory=DayHours)
    novelties: Mapping[str, Novelty] = field(default_factory=dict)

    @property
    def has_all_posts(self) -> bool:
        """Whether no posts are missing, as far as the sources know."""
        return bool(self.race and self.race.first_post and not self.missing)

    @property
    def is_whole(self) -> bool:
        """Whether no posts are missing and each moment has a ranking."""
        return bool(self.race and self.has_all_posts and not self.race.unrecorded)


def numbers_of(
    top: Sequence[RankedHashtag], race: Race | None, missing: Sequence[Hole], *, is_final: bool
) -> DayNumbers:
    """Return what the race of a day says; hours and novelties are added with ``dataclasses.replace``."""
    steps = known_steps(race) if race else []
    paths = paths_of(race, steps, missing) if race else {}
    is_running = not is_final and race is not None and end_of(race) < MINUTES
    return DayNumbers(top, race, steps, paths, missing, is_running)


def facts_of(numbers: DayNumbers) -> list[Fact]:
    """Return the most interesting facts of a day, at most five, in the order in which they are told.

    The same numbers always give the same facts.
    """
    found = sorted(_all_facts(numbers), key=lambda scored: (-scored[0], scored[1].kind, scored[1].key or ""))
    told: list[Fact] = []
    for score, fact in found:
        is_filler = score < 1
        if len(told) < (FEWEST_FACTS if is_filler else MOST_FACTS) and _fits(fact, told):
            told.append(fact)
    for fact in told:
        fact.running = numbers.is_running
    return sorted(told, key=lambda fact: (_ORDER.get(fact.kind, 4), fact.at or "24:00", fact.key or ""))


def _fits(fact: Fact, told: Sequence[Fact]) -> bool:
    """Return whether a fact repeats no hashtag, no first place, and is not one more rise than wanted."""
    if fact.key and any(fact.key == other.key for other in told):
        return False
    if _ORDER.get(fact.kind) == 0 and any(_ORDER.get(other.kind) == 0 for other in told):
        return False
    most = _MOST_RISES if fact.kind in ("rise", "burst", "new", "back") else 1
    return sum(other.kind == fact.kind for other in told) < most


def _all_facts(numbers: DayNumbers) -> Iterator[tuple[float, Fact]]:
    """Yield (interest, fact). Facts below 1 only fill up a short story."""
    yield from _led(numbers)
    yield from _places(numbers.top)
    yield from _rises(numbers)
    yield from _bursts(numbers)
    yield from _busiest_hour(numbers)
    yield from _novelties(numbers)


def _led(numbers: DayNumbers) -> Iterator[tuple[float, Fact]]:
    """Yield who led last, or, if that was for a short time only, who led longest."""
    leads = leads_of(numbers.steps)
    if not leads or not numbers.race:
        return
    all_day = numbers.steps[-1][0] - numbers.steps[0][0]
    last = leads[-1]
    told = last if 4 * (last.end - last.start) >= all_day else max(leads, key=lambda lead: lead.end - lead.start)
    if told.end == told.start:
        return
    is_last, is_all_day = told is last, len(leads) == 1
    yield (
        10,
        Fact(
            "led",
            key=told.key,
            hashtag=numbers.race.hashtags.get(told.key, told.key),
            at=clock_time(told.start),
            start=None if is_all_day else clock_time(told.start),
            end=None if is_last else clock_time(told.end),
            certain=numbers.is_whole,
        ),
    )


def _places(top: Sequence[RankedHashtag]) -> Iterator[tuple[float, Fact]]:
    """Yield the first place, for a day without a race, and the second, for a short story."""
    kinds: tuple[tuple[float, Kind], ...] = ((5, "most_used"), (0.5, "second"))
    for (score, kind), place in zip(kinds, top, strict=False):
        yield score, Fact(kind, key=place.key, hashtag=place.hashtag, rank=place.rank, posts=place.posts)


def _rises(numbers: DayNumbers) -> Iterator[tuple[float, Fact]]:
    for key, path in numbers.paths.items():
        climb = path.climb
        if not numbers.race or not climb or climb.rank > _NOTABLE_RANK or climb.places < _LEAST_RISE:
            continue
        if weight(climb) < _LEAST_WEIGHT:
            continue
        yield (
            1 + log2(weight(climb)) + (climb.rank <= TOP_TEN),
            Fact(
                "rise",
                key=key,
                hashtag=numbers.race.hashtags.get(key, key),
                at=clock_time(climb.end),
                start=clock_time(climb.start),
                end=clock_time(climb.end),
                rank=climb.rank,
                places=climb.places,
                from_outside=climb.from_outside,
            ),
        )


def _bursts(numbers: DayNumbers) -> Iterator[tuple[float, Fact]]:
    """Yield hashtags of which one hour has a large share."""
    for place in numbers.top:
        hour = peak_of(numbers.hours.of_hashtags.get(place.key, []))
        if hour is None:
            continue
        posts = numbers.hours.of_hashtags[place.key][hour] or 0
        if posts >= _LEAST_POSTS and _is_burst(numbers, hour, posts / place.posts):
            yield (
                1 + 3 * posts / place.posts + log10(posts) / 2,
                Fact(
                    "burst",
                    key=place.key,
                    hashtag=place.hashtag,
                    at=_moment_after(numbers, hour),
                    start=clock_time(hour * 60),
                    posts=posts,
                    of_posts=place.posts,
                    certain=numbers.has_all_posts,
                ),
            )


def _is_burst(numbers: DayNumbers, hour: int, share: float) -> bool:
    """Return whether an hour has a large share of a hashtag's posts, and at least twice that of all posts."""
    of_all = numbers.hours.of_all
    total = sum(posts or 0 for posts in of_all)
    return _LEAST_SHARE <= share <= 1 and 2 * (of_all[hour] or 0) <= share * total


def _busiest_hour(numbers: DayNumbers) -> Iterator[tuple[float, Fact]]:
    """Yield the hour with the most posts. It is certain only if no hour lacks any."""
    hours = numbers.hours.of_all
    hour = peak_of(hours)
    if hour is None or sum(map(bool, hours)) < _FEWEST_HOURS:
        return
    yield (
        3.1,
        Fact(
            "busiest_hour",
            at=_moment_after(numbers, hour),
            start=clock_time(hour * 60),
            posts=hours[hour],
            certain=numbers.has_all_posts,
        ),
    )


def _novelties(numbers: DayNumbers) -> Iterator[tuple[float, Fact]]:
    for place in _notable(numbers):
        novelty = numbers.novelties.get(place.key)
        if novelty is None or place.posts < _LEAST_POSTS:
            continue
        score = 1.5 + (place.rank <= TOP_TEN) + (place.rank == 1)
        if novelty.last:
            yield score - 0.5, Fact("back", key=place.key, hashtag=place.hashtag, rank=place.rank, last=novelty.last)
        else:
            yield score, Fact("new", key=place.key, hashtag=place.hashtag, rank=place.rank, days=novelty.days)


def _notable(numbers: DayNumbers) -> Iterable[RankedHashtag]:
    return numbers.top[:_NOTABLE_RANK]


def peak_of(hours: Hours) -> int | None:
    """Return the hour with the most posts; None if several have as many, or none is known to have any."""
    most = max((posts or 0 for posts in hours), default=0)
    busiest = [hour for hour, posts in enumerate(hours) if posts == most]
    return busiest[0] if most and len(busiest) == 1 else None


def _moment_after(numbers: DayNumbers, hour: int) -> str | None:
    """Return the moment at the end of an hour, None for the end of the race."""
    end = end_of(numbers.race) if numbers.race else MINUTES
    return clock_time((hour + 1) * 60) if (hour + 1) * 60 < end else None
