"""A stream of one language by quarter hours, judged every quarter of an hour as the site would see it."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.rising.rules import Rule
from trendsite.trending.rule import Baseline, Usage
from trendsite.trending.scoring import DAYS, HOURS_BEFORE, DayHours

QUARTERS = 4
DAY_HOURS = 24
LEAST_SEEN = 4.0
"""No rule looks at a hashtag with fewer."""


@dataclass
class Stream:
    """The counts of each hashtag and of all posts by quarter hour since a midnight.

    ``hashtags_an_hour`` is how many hashtags an hour of the language has.
    """

    counts: Sequence[Sequence[float]]
    posts: Sequence[float]
    hashtags_an_hour: float = 1_000.0
    _hours: list[list[float]] = field(init=False)
    _posts: list[float] = field(init=False)

    def __post_init__(self) -> None:
        """Add up the hours."""
        self._hours = [_by_hour(counts) for counts in self.counts]
        self._posts = _by_hour(self.posts)

    @property
    def quarters(self) -> int:
        """Return how many quarter hours there are."""
        return len(self.posts)

    def judged(self, rule: Rule, first: int = 0, last: int | None = None) -> list[list[bool]]:
        """Return for each hashtag whether it rises at the end of each quarter hour from ``first`` on."""
        ends = range(first, self.quarters if last is None else last)
        alarms = [[False] * len(ends) for _ in self.counts]
        for at, quarter in enumerate(ends):
            for hashtag, seen, baseline in self.at(quarter):
                alarms[hashtag][at] = rule(seen, baseline, self.hashtags_an_hour)
        return alarms

    def at(self, quarter: int) -> Iterator[tuple[int, Usage, Baseline]]:
        """Return each hashtag with at least LEAST_SEEN at the end of a quarter hour, and what it is compared with."""
        hour, part = divmod(quarter, QUARTERS)
        left = 1 - (part + 1) / QUARTERS
        start, midnight = hour * QUARTERS, hour // DAY_HOURS * DAY_HOURS
        posts = sum(self.posts[start : quarter + 1]) + left * self._hour(self._posts, hour - 1)
        before = self._before(self._posts, hour, left)
        days = DayHours(_past(self._posts, midnight), {})
        days_posts = days.all_posts(hour - midnight, left)
        for hashtag, counts in enumerate(self.counts):
            hours = self._hours[hashtag]
            used = sum(counts[start : quarter + 1]) + left * self._hour(hours, hour - 1)
            if used >= LEAST_SEEN:
                of_hashtag = DayHours(days.posts, {"": _past(hours, midnight)}).days(hour - midnight, left, "")
                known = Baseline(Usage(self._before(hours, hour, left), before), of_hashtag, days_posts)
                yield hashtag, Usage(used, posts), known

    @staticmethod
    def _hour(hours: Sequence[float], hour: int) -> float:
        return hours[hour] if hour >= 0 else 0.0

    def _before(self, hours: Sequence[float], hour: int, left: float) -> float:
        whole = sum(hours[max(0, hour - HOURS_BEFORE) : max(0, hour - 1)])
        return whole + (1 - left) * self._hour(hours, hour - 1)


def _by_hour(quarters: Sequence[float]) -> list[float]:
    return [sum(quarters[start : start + QUARTERS]) for start in range(0, len(quarters), QUARTERS)]


def _past(hours: Sequence[float], midnight: int) -> Sequence[float]:
    """Return the hours of the DAYS days before a midnight, 0 before the stream began."""
    first = midnight - DAYS * DAY_HOURS
    return [0.0] * -min(first, 0) + list(hours[max(first, 0) : midnight])


def episodes(alarms: Sequence[bool], most_quiet: int = QUARTERS) -> list[tuple[int, int]]:
    """Return (first, last) of each time in which a hashtag rises, with ``most_quiet`` quiet quarters at most."""
    found: list[tuple[int, int]] = []
    for at, alarm in enumerate(alarms):
        if not alarm:
            continue
        if found and at - found[-1][1] <= most_quiet:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


def poisson(chance: random.Random, mean: float) -> int:
    """Return a random number of independent events, ``mean`` on average."""
    if mean > 40:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    number, left, end = 0, chance.random(), math.exp(-mean)
    while left > end:
        number, left = number + 1, left * chance.random()
    return number
