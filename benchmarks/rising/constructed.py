"""Constructed series: what should rise does, what should not does not. Everything is drawn with a fixed seed."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.rising.rules import Rule
from benchmarks.rising.series import DAY_HOURS, QUARTERS, Stream, episodes, poisson

NOISE = 0.3
"""Standard deviation of the usual ups and downs of an hour, as a share of its mean."""

_DAY = DAY_HOURS * QUARTERS
_COPIES = 60

Extra = Callable[[int], float]
"""Posts an hour that a hashtag has on top, by the hour since the first midnight, a Monday."""


@dataclass(frozen=True)
class Outcome:
    """One figure of a rule: its name, value and unit."""

    name: str
    value: float
    unit: str


def rhythm(hour: float) -> float:
    """Return the posts of an hour as a share of the daily mean: five times as many in the afternoon as before dawn."""
    return 1 + 0.67 * math.sin((hour % DAY_HOURS - 9) / DAY_HOURS * 2 * math.pi)


def noise(chance: random.Random, hours: int, deviation: float = NOISE) -> list[float]:
    """Return lognormal factors of mean 1, each like the one before it by half."""
    sigma = math.sqrt(math.log(1 + deviation**2))
    level, factors = chance.gauss(0, 1), []
    for _ in range(hours):
        factors.append(math.exp(sigma * level - sigma**2 / 2))
        level = 0.5 * level + math.sqrt(0.75) * chance.gauss(0, 1)
    return factors


def series(chance: random.Random, days: int, mean: float, extra: Extra = lambda _: 0.0) -> list[int]:
    """Return a hashtag's posts by quarter hour, ``mean`` an hour on average."""
    counts = []
    for hour, factor in enumerate(noise(chance, days * DAY_HOURS)):
        an_hour = mean * rhythm(hour) * factor + extra(hour) * factor
        counts += [poisson(chance, an_hour / QUARTERS) for _ in range(QUARTERS)]
    return counts


def all_posts(chance: random.Random, days: int, an_hour: float) -> list[int]:
    """Return all posts of a language by quarter hour."""
    quarters = range(days * _DAY)
    return [poisson(chance, an_hour * rhythm(quarter / QUARTERS) / QUARTERS) for quarter in quarters]


def _copies(seed: int, days: int, mean: float, extra: Extra, an_hour: float = 20_000) -> Stream:
    chance = random.Random(seed)  # noqa: S311 - a series, not a secret
    return Stream([series(chance, days, mean, extra) for _ in range(_COPIES)], all_posts(chance, days, an_hour))


def _share_rising(stream: Stream, rule: Rule, first_hour: int, last_hour: int) -> float:
    alarms = stream.judged(rule, first_hour * QUARTERS, last_hour * QUARTERS)
    return 100 * sum(any(of_hashtag) for of_hashtag in alarms) / len(alarms)


def noisy_background(rule: Rule) -> list[Outcome]:
    """Return the false episodes of a day without any burst, with 28 days of archive."""
    chance = random.Random(6)  # noqa: S311
    means = [6_000 / (place + 1) / 7.5 for place in range(300)]
    stream = Stream([series(chance, 29, mean) for mean in means], all_posts(chance, 29, 20_000))
    alarms = stream.judged(rule, 28 * _DAY, 29 * _DAY)
    return [Outcome("no burst, 300 hashtags: false episodes a day", sum(map(len, map(episodes, alarms))), "episodes")]


def bursts(rule: Rule) -> list[Outcome]:
    """Return the share of one-hour bursts that are caught."""
    outcomes = []
    start = 28 * DAY_HOURS + 14
    for mean, times in ((20, 5), (100, 2), (100, 3), (100, 5), (1_000, 3)):
        on_top = mean * (times - 1) * rhythm(14)
        stream = _copies(7, 29, mean, lambda hour, on_top=on_top: on_top if hour == start else 0.0)  # type: ignore[misc]
        share = _share_rising(stream, rule, start, start + 2)
        outcomes.append(Outcome(f"a burst of {times} times {mean} an hour is caught", share, "%"))
    return outcomes


def weekly(rule: Rule) -> list[Outcome]:
    """Return how many hashtags of every Thursday evening rise on each; on the fifth the clocks have changed."""
    thursdays = [4 * 7 + 3 + 7 * week for week in range(5)]

    def evening(hour: int) -> float:
        day, of_day = divmod(hour, DAY_HOURS)
        begin = 17 if day == thursdays[-1] else 18
        return 200.0 if day in thursdays and begin <= of_day < begin + 4 else 0.0

    stream = _copies(8, 60, 2, evening)
    return [
        Outcome(
            f"a hashtag of every Thursday rises on the {name}",
            _share_rising(stream, rule, day * DAY_HOURS + 16, day * DAY_HOURS + 23),
            "%",
        )
        for name, day in zip(("1st", "2nd", "3rd", "4th", "5th, clocks changed"), thursdays, strict=True)
    ]


def every_morning(rule: Rule) -> list[Outcome]:
    """Return how many hashtags of every morning rise; on the day of the change they come an hour earlier."""

    def morning(hour: int) -> float:
        day, of_day = divmod(hour, DAY_HOURS)
        begin = 6 if day >= 30 else 7
        return 200.0 if begin <= of_day < begin + 2 else 0.0

    stream = _copies(9, 32, 2, morning)
    return [
        Outcome(
            f"a hashtag of every morning rises on {name}",
            _share_rising(stream, rule, day * DAY_HOURS + 4, day * DAY_HOURS + 12),
            "%",
        )
        for name, day in (("day 1", 0), ("day 2", 1), ("day 30", 29), ("day 31, clocks changed", 30))
    ]


def gap(rule: Rule) -> list[Outcome]:
    """Return the false episodes around a gap of three hours."""
    chance = random.Random(10)  # noqa: S311
    days, missing = 29, range(28 * _DAY + 41, 28 * _DAY + 53)
    counts = [_without(series(chance, days, 800 / (place + 1)), missing) for place in range(150)]
    stream = Stream(counts, _without(all_posts(chance, days, 20_000), missing))
    alarms = stream.judged(rule, 28 * _DAY + 36, 28 * _DAY + 72)
    return [Outcome("a gap of three hours, 150 hashtags: false episodes", sum(map(len, map(episodes, alarms))), "")]


def _without(quarters: list[int], missing: Sequence[int]) -> list[int]:
    return [0 if at in missing else count for at, count in enumerate(quarters)]


def small_languages(rule: Rule) -> list[Outcome]:
    """Return what is caught and what is false in languages of 100, 1,000 and 10,000 tagged posts an hour."""
    outcomes = []
    for an_hour in (100, 1_000, 10_000):
        chance = random.Random(an_hour)  # noqa: S311
        days, hashtags = 8, min(1_000.0, 0.8 * an_hour)
        posts = all_posts(chance, days, an_hour)
        groups = _groups_of_friends(chance, days, an_hour)
        steady = [series(chance, days, an_hour * 0.15 / (place + 1)) for place in range(50)]
        alarms = Stream([*steady, *groups], posts, hashtags).judged(rule, (days - 1) * _DAY)
        false = sum(len(episodes(of_hashtag)) for of_hashtag in alarms)
        outcomes.append(Outcome(f"{an_hour:,} an hour: false episodes a day", false, "episodes"))
        start = (days - 1) * DAY_HOURS + 14
        for size in (8, 12, 20):
            new = [_burst(chance, days * _DAY, start * QUARTERS, size) for _ in range(2 * _COPIES)]
            share = _share_rising(Stream(new, posts, hashtags), rule, start, start + 2)
            outcomes.append(Outcome(f"{an_hour:,} an hour: a new hashtag of {size} people is caught", share, "%"))
    return outcomes


def _burst(chance: random.Random, quarters: int, start: int, size: float) -> list[int]:
    counts = [0] * quarters
    for quarter in range(start, start + QUARTERS):
        counts[quarter] = poisson(chance, size / QUARTERS)
    return counts


def _groups_of_friends(chance: random.Random, days: int, an_hour: float) -> list[list[int]]:
    """Return hashtags of the last day that a few friends use for two hours: one group for every 50 posts.

    A group is twice as large as another a quarter as often.
    """
    groups = []
    for quarter in range((days - 1) * _DAY, days * _DAY):
        for _ in range(poisson(chance, an_hour * rhythm(quarter / QUARTERS) / 50 / QUARTERS)):
            size = int(2 / math.sqrt(1 - chance.random()))
            if size < QUARTERS:
                continue  # no rule looks at so few
            counts = [0] * days * _DAY
            for _ in range(size):
                at = quarter + chance.randrange(2 * QUARTERS)
                if at < len(counts):
                    counts[at] += 1
            groups.append(counts)
    return groups


SCENARIOS: tuple[Callable[[Rule], list[Outcome]], ...] = (
    noisy_background,
    bursts,
    weekly,
    every_morning,
    gap,
    small_languages,
)
