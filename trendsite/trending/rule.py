"""The rule for one hashtag in one language at one moment: what is expected of it, and whether it rises. Pure.

A hashtag is compared with all *other* posts of its language, so a burst does not raise its own expectation. It rises if
more people use it than the last 24 hours, this time of day and its habits suggest. A habit is what it reached on two of
the last four days, or on two of the last four such weekdays: one earlier burst is no habit, a change of the clocks
moves none.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

MIN_COUNT = 10.0
"""A hashtag with fewer in an hour does not rise. Small languages have a lower minimum (``min_count``)."""

LEAST_MIN_COUNT = 4.0
"""The minimum of the smallest languages."""

MANY_HASHTAGS = 700.0
"""From so many different hashtags an hour on, the minimum is MIN_COUNT."""

CHANCE = 4.0
"""Standard deviations above the expected count. Among a thousand hashtags, chance alone exceeds it once in days."""

VARIATION = 0.3
"""Real counts vary more than chance: by this share of the expected count. So jumps below about 2.2 times never rise."""

HABIT = 0.8
"""How much of a habit is expected: a day well above its habit may rise."""

PSEUDO_SHARE = 0.3
"""Share of the minimum that is added to every expectation. Without it each new hashtag would be infinitely unusual."""

RECENT_DAYS = range(1, 5)
"""The days ago whose second highest count is a daily habit."""

SAME_WEEKDAYS = range(7, 29, 7)
"""The days ago whose second highest count is a weekly habit."""

_LEAST_OTHERS = 0.1
"""At least this share of all posts counts as others, so a hashtag in nearly every post has a finite expectation."""


class Usage(NamedTuple):
    """The count of a hashtag in a period (``used``, posts or authors), and all ``posts`` of the language in it."""

    used: float
    posts: float

    @property
    def others(self) -> float:
        """Return the posts without this hashtag."""
        return max(self.posts - self.used, self.posts * _LEAST_OTHERS)


class EarlierDay(NamedTuple):
    """A day, so many days ``ago``: about the same hour, and the same an hour earlier and an hour later."""

    ago: int
    earlier: Usage
    same: Usage
    later: Usage


@dataclass(frozen=True)
class Baseline:
    """What a hashtag is compared with.

    ``before`` are the 24 hours before. ``days`` are the earlier days with this hashtag, empty if it was not used on
    them. ``days_posts`` are all posts of the language in about the same hour of all earlier days.
    """

    before: Usage
    days: Sequence[EarlierDay] = ()
    days_posts: float = 0.0


class Expected(NamedTuple):
    """``usual`` is what earlier counts suggest. ``with_margin`` is more, as earlier counts may be few."""

    usual: float
    with_margin: float


def min_count(hashtags: float) -> float:
    """Return the minimum of a language in which an hour has so many different hashtags, at most 1,000 known.

    The fewer hashtags there are, the fewer of them reach a number by chance, or because a few friends talk.
    """
    return min(MIN_COUNT, max(LEAST_MIN_COUNT, MIN_COUNT * math.sqrt(hashtags / MANY_HASHTAGS)))


def expect(seen: Usage, baseline: Baseline, minimum: float = MIN_COUNT) -> Expected:
    """Return what is expected of a hashtag among as many other posts as were ``seen``.

    Without anything to compare with it is infinite, so nothing rises.
    """
    compared = baseline.before.posts + baseline.days_posts
    if not compared:
        return Expected(inf, inf)
    usual = _scaled(seen, baseline.before)
    if baseline.days:
        usual = max(usual, _usual_of_days(seen, baseline.days))
    return Expected(usual, usual + PSEUDO_SHARE * minimum * (1 + seen.posts / compared))


def _usual_of_days(seen: Usage, days: Sequence[EarlierDay]) -> float:
    """Return what this time of day and habits suggest."""
    return max(
        _scaled(seen, _sum(_without_busiest([day.same for day in days]))),
        HABIT * _second_highest(seen, (day for day in days if day.ago in RECENT_DAYS)),
        HABIT * _second_highest(seen, (day for day in days if day.ago in SAME_WEEKDAYS)),
    )


def rises(count: float, expected: float, minimum: float = MIN_COUNT) -> bool:
    """Return whether a count is unusual: at least the minimum, and far above chance and usual variation."""
    if count < minimum or count <= expected:
        return False
    return (count - expected) ** 2 >= CHANCE**2 * (expected + (VARIATION * expected) ** 2)


def score(count: float, expected: float) -> float:
    """Return (count - expected)^2 / expected, as in Mastodon (``app/models/trends/tags.rb``)."""
    return (count - expected) ** 2 / expected


def _scaled(seen: Usage, known: Usage) -> float:
    """Return the count that a known period suggests for as many other posts as were seen."""
    return known.used * seen.others / known.others if known.posts else 0.0


def _sum(usages: Iterable[Usage]) -> Usage:
    used = posts = 0.0
    for usage in usages:
        used, posts = used + usage.used, posts + usage.posts
    return Usage(used, posts)


def _without_busiest(hours: list[Usage]) -> list[Usage]:
    """Return hours without the one with the highest share, if there are more than two: one burst is no custom."""
    if len(hours) <= 2:
        return hours
    busiest = max(range(len(hours)), key=lambda at: hours[at].used / hours[at].posts if hours[at].posts else -1.0)
    return hours[:busiest] + hours[busiest + 1 :]


def _second_highest(seen: Usage, days: Iterable[EarlierDay]) -> float:
    """Return what was reached on at least two of some days, an hour earlier or later included."""
    reached = [max(_scaled(seen, hour) for hour in (day.earlier, day.same, day.later)) for day in days]
    return sorted(reached)[-2] if len(reached) > 1 else 0.0
