"""Which hashtags of a language are unusual at a moment: counts in, spikes out. Pure; ``rule.py`` judges each hashtag.

Expectations compare shares of all posts of a period, never plain counts, as in Hendrickson, Kolb, Lehman and Montague,
"Trend detection in social data" (Gnip, 2015). So they follow the daily rhythm.

A language is scored at the stream's clock and at the ends of the UTC hours before it. Counts of an hour are assumed to
be spread evenly over it. Between two hour ends the observed and the expected count then change nearly linearly, and the
convex score is highest at one of the ends. So nothing stores peaks: every process finds them again in the counts,
after any restart and at any replay speed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import inf
from typing import Literal

from contract.ranking import share_left
from trendsite.trending.rule import (
    MIN_COUNT,
    Baseline,
    EarlierDay,
    Expected,
    Usage,
    expect,
    rises,
    score,
)

CountUnit = Literal["authors", "posts"]

HALF_LIFE = timedelta(hours=4)

HOUR = timedelta(hours=1)

SCORED_HOUR_ENDS = 12
"""How many past hour ends are scored. Less than an eighth is left of an older peak."""

HOURS_BEFORE = 24
"""How many hours before the current UTC hour count for the expectation: one daily rhythm."""

DAYS = 28
"""How many days before are compared: four weeks of each weekday."""


@dataclass(frozen=True)
class PeriodCounts:
    """A period in one language: all its posts, and the posts or distinct authors of each hashtag.

    A hashtag that is not in ``counts`` has the count ``default``.
    """

    posts: float = 0.0
    counts: Mapping[str, float] = field(default_factory=dict)
    default: float = 0.0

    def count(self, key: str) -> float:
        """Return the count of the hashtag ``key``."""
        return self.counts.get(key, self.default)

    def only(self, keys: Collection[str]) -> "PeriodCounts":
        """Return the same period with the hashtags ``keys`` alone."""
        return PeriodCounts(self.posts, {key: self.count(key) for key in keys}, self.default)


_Parts = Sequence[tuple[PeriodCounts, float]]
"""Periods, each with its weight in a sum."""


def _count(parts: _Parts, key: str) -> float:
    total = 0.0
    for period, weight in parts:
        total += period.counts.get(key, period.default) * weight
    return total


def _all_posts(parts: _Parts) -> float:
    return sum(period.posts * weight for period, weight in parts)


@dataclass(frozen=True)
class HourCounts:
    """A UTC hour of a language, or its part until now; ``authors`` is None where its posts have no authors."""

    start: datetime
    posts: PeriodCounts
    authors: PeriodCounts | None = None

    def in_unit(self, unit: CountUnit) -> PeriodCounts:
        """Return the counts in a unit, empty where they are unknown."""
        return self.posts if unit == "posts" else self.authors or PeriodCounts()

    def only(self, keys: Collection[str]) -> "HourCounts":
        """Return the same hour with the hashtags ``keys`` alone."""
        return HourCounts(self.start, self.posts.only(keys), self.authors and self.authors.only(keys))


def merge_hours(hours: Sequence[HourCounts], keys: Collection[str], known: HourCounts | None) -> HourCounts:
    """Return hours as one, with the hashtags ``keys`` and those of ``known``, an earlier merge of the same hours."""
    posts = _sum([hour.posts for hour in hours], keys)
    authors = _sum([hour.in_unit("authors") for hour in hours], keys)
    if known:
        posts = PeriodCounts(posts.posts, {**known.posts.counts, **posts.counts}, posts.default)
        authors = PeriodCounts(authors.posts, {**known.in_unit("authors").counts, **authors.counts}, authors.default)
    return HourCounts(hours[-1].start, posts, authors)


def _sum(periods: Sequence[PeriodCounts], keys: Collection[str]) -> PeriodCounts:
    parts = [(period, 1.0) for period in periods]
    counts = {key: _count(parts, key) for key in keys}
    return PeriodCounts(_all_posts(parts), counts, sum(period.default for period in periods))


@dataclass(frozen=True)
class DayHours:
    """The hours of the DAYS days before a midnight, oldest first, in one unit.

    ``posts`` are all posts of the language, 0 in an hour that is unknown. ``counts`` has the hashtags that were looked
    up; others count as never used.
    """

    posts: Sequence[float] = ()
    counts: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def all_posts(self, hour: int, left: float) -> float:
        """Return all posts of about the same hour of all days; ``hour`` counts from the midnight."""
        return sum(_weighted(self.posts, position, left) for position in self._positions(hour))

    def days(self, hour: int, left: float, key: str) -> list[EarlierDay]:
        """Return the days with known posts in about the same hour, for a hashtag that was looked up."""
        counts = self.counts.get(key)
        if counts is None:
            return []
        days = []
        for ago, position in enumerate(self._positions(hour), start=1):
            around = [
                Usage(_weighted(counts, at, left), _weighted(self.posts, at, left))
                for at in (position - 1, position, position + 1)
            ]
            if any(usage.posts for usage in around):
                days.append(EarlierDay(ago, *around))
        return days

    def _positions(self, hour: int) -> range:
        """Return the positions of the same hour 1 to DAYS days ago."""
        last = len(self.posts) - 24 + hour
        return range(last, last - len(self.posts), -24)


def _weighted(hours: Sequence[float], position: int, left: float) -> float:
    """Return 60 minutes, their share ``left`` from the hour before ``position``; 0 outside the known hours."""
    this = hours[position] if 0 <= position < len(hours) else 0.0
    before = hours[position - 1] if 0 < position <= len(hours) else 0.0
    return this * (1 - left) + before * left


@dataclass(frozen=True)
class EarlierDays:
    """The hours of the days before the date ``before``, in both units; authors have 0 posts where they are unknown."""

    before: date
    posts: DayHours = DayHours()
    authors: DayHours = DayHours()

    def in_unit(self, unit: CountUnit) -> DayHours:
        """Return the hours in a unit."""
        return self.posts if unit == "posts" else self.authors


@dataclass(frozen=True)
class Spike:
    """A hashtag with ``observed`` in about the hour before ``at`` (UTC), more than ``expected``.

    ``usual`` is the expected count without its margin.
    """

    key: str
    unit: CountUnit
    observed: float
    expected: float
    usual: float
    at: datetime

    @property
    def score(self) -> float:
        """Return the score at its peak."""
        return score(self.observed, self.expected)

    def score_at(self, now: datetime) -> float:
        """Return what is left of the score: it halves every HALF_LIFE."""
        return float(self.score * 0.5 ** ((now - self.at) / HALF_LIFE))


def spikes_at_clock(
    hours: Sequence[HourCounts], clock: datetime, days: EarlierDays, minimum: float = MIN_COUNT
) -> list[Spike]:
    """Return the spikes of about the hour before ``clock``.

    ``hours`` are the UTC hour of ``clock`` and the hours before it, newest first.
    """
    return _spikes(_Moment(clock, hours, share_left(clock), days, minimum))


def spikes_at_hour_end(hours: Sequence[HourCounts], days: EarlierDays, minimum: float = MIN_COUNT) -> list[Spike]:
    """Return the spikes of a whole hour, the first of ``hours``. The others are the hours before it, newest first."""
    return _spikes(_Moment(hours[0].start + HOUR, hours, 0.0, days, minimum))


def usual_by_hour(hours: Sequence[HourCounts], clock: datetime, days: EarlierDays, key: str) -> list[float | None]:
    """Return how many posts with a hashtag were usual in each of the last HOURS_BEFORE hours, oldest first.

    ``hours`` are the UTC hour of ``clock`` and the hours before it, newest first; the last number is of about the hour
    before ``clock``. It is what the hours before that hour and the same time of earlier days suggest for as many other
    posts; None where there is nothing to compare with.
    """
    now = _observe(_Moment(clock, hours, share_left(clock), days, MIN_COUNT), "posts")
    before = Usage(_count(now.before, key), now.before_posts)
    usual = []
    for ago in reversed(range(HOURS_BEFORE)):
        parts = now.observed if ago == 0 else ((hours[ago].posts, 1.0),)
        known = now.days.days(now.moment.hour - ago, now.moment.left if ago == 0 else 0.0, key)
        seen = Usage(_count(parts, key), _all_posts(parts))
        number = expect(seen, Baseline(before, known, now.days_posts)).usual
        usual.append(None if number == inf else number)
    return usual


def peaks(spikes: Iterable[Spike], now: datetime) -> dict[str, Spike]:
    """Return each hashtag's spike with the highest score left, by key."""
    best: dict[str, Spike] = {}
    for spike in spikes:
        if spike.key not in best or spike.score_at(now) > best[spike.key].score_at(now):
            best[spike.key] = spike
    return best


@dataclass(frozen=True)
class _Moment:
    """What is scored: about the hour before ``at``, the first hour plus the share ``left`` of the second."""

    at: datetime
    hours: Sequence[HourCounts]
    left: float
    days: EarlierDays
    minimum: float

    @property
    def hour(self) -> int:
        """Return the distance of the first hour from the midnight of the earlier days."""
        start = self.hours[0].start
        return (start.date() - self.days.before).days * 24 + start.hour


def _spikes(moment: _Moment) -> list[Spike]:
    """Return the spikes of a moment, by authors where these are known."""
    hours, left = moment.hours, moment.left
    posts = _observe(moment, "posts")
    has_authors = all(hour.authors for hour in hours[: 2 if left else 1] if hour.posts.posts)
    authors = _observe(moment, "authors") if has_authors else None
    keys = {*hours[0].posts.counts, *hours[1].posts.counts}
    spikes = (_spike(key, posts, authors) for key in keys if posts.seen(key) >= moment.minimum)
    return [spike for spike in spikes if spike and rises(spike.observed, spike.expected, moment.minimum)]


@dataclass(frozen=True)
class _Observation:
    """The counts of a moment in one unit, and what they are compared with. Most hashtags need few of them."""

    moment: _Moment
    observed: _Parts
    observed_posts: float
    before: _Parts
    before_posts: float
    days: DayHours
    days_posts: float

    def seen(self, key: str) -> float:
        """Return the count of the hashtag ``key`` in about the last hour."""
        return _count(self.observed, key)

    def expected(self, key: str, seen: float) -> Expected:
        """Return what is expected of the hashtag ``key``, ``seen`` so often."""
        before = Usage(_count(self.before, key), self.before_posts)
        days = self.days.days(self.moment.hour, self.moment.left, key) if key in self.days.counts else ()
        baseline = Baseline(before, days, self.days_posts)
        return expect(Usage(seen, self.observed_posts), baseline, self.moment.minimum)


def _observe(moment: _Moment, unit: CountUnit) -> _Observation:
    this, previous, *older = (hour.in_unit(unit) for hour in moment.hours)
    observed = ((this, 1.0), (previous, moment.left))
    before = ((previous, 1 - moment.left), *((hour, 1.0) for hour in older))
    days = moment.days.in_unit(unit)
    days_posts = days.all_posts(moment.hour, moment.left)
    return _Observation(moment, observed, _all_posts(observed), before, _all_posts(before), days, days_posts)


def _spike(key: str, posts: _Observation, authors: _Observation | None) -> Spike | None:
    """Return the counts of a hashtag as a spike, or None if its authors alone show that it does not rise."""
    at, observed = posts.moment.at, posts.seen(key)
    if authors is None:
        expected = posts.expected(key, observed)
        return Spike(key, "posts", observed, expected.with_margin, expected.usual, at)
    observed_authors = authors.seen(key)
    if observed_authors < posts.moment.minimum:
        return None
    of_authors = authors.expected(key, observed_authors)
    if observed_authors <= of_authors.with_margin:
        return None
    # The sum of two hours counts authors of both hours twice, so a few all-day authors would spike in the middle of
    # each hour. But the authors of a hashtag do not grow faster than its posts.
    of_posts = posts.expected(key, observed).with_margin
    observed_authors = min(observed_authors, of_authors.with_margin * observed / of_posts)
    return Spike(key, "authors", observed_authors, of_authors.with_margin, of_authors.usual, at)
