"""How unusual a hashtag is against what was expected of it: counts in, scores out. Pure.

The score, its half-life and the idea of a floor are Mastodon's (``app/models/trends/tags.rb``). What is expected is
corrected for the daily round as in Hendrickson, Kolb, Lehman and Montague, "Trend detection in social data" (Gnip,
2015): counts are compared as shares of all posts of their time, never as such.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Unit = Literal["authors", "posts"]

PSEUDO_COUNT = 5.0
"""Expected of every hashtag beside what it had: without it, whatever is new would be beyond all expectation."""

FLOOR = 10
"""Fewer in an hour are not looked at, whatever was expected."""

LEAST_SCORE = 16.0
"""Four standard deviations of what comes by chance: of a thousand hashtags, one in days has more for no reason."""

LEAST_RATIO = 1.5
"""A trend is so many times what was expected: what grows slowly, or varies as large hashtags do, is none."""

HALF_LIFE = timedelta(hours=4)


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in one language: all its posts, and how many posts, or distinct authors, each hashtag had.

    ``unknown`` is what a hashtag that is not in ``counts`` is taken to have had.
    """

    posts: float = 0.0
    counts: Mapping[str, float] = field(default_factory=dict)
    unknown: float = 0.0

    def count(self, key: str) -> float:
        """Return how many the hashtag ``key`` had."""
        return self.counts.get(key, self.unknown)

    def only(self, keys: Collection[str]) -> "Stretch":
        """Return the same stretch without other hashtags than ``keys``."""
        return Stretch(self.posts, {key: self.count(key) for key in keys}, self.unknown)


def together(*parts: tuple[Stretch, float]) -> Stretch:
    """Return stretches as one, each with its weight: a half of one is as if half of its posts were there."""
    keys = {key for stretch, _ in parts for key in stretch.counts}
    counts = {key: sum(stretch.count(key) * weight for stretch, weight in parts) for key in keys}
    posts = sum(stretch.posts * weight for stretch, weight in parts)
    return Stretch(posts, counts, sum(stretch.unknown * weight for stretch, weight in parts))


@dataclass(frozen=True)
class Compared:
    """What is seen, in one language and unit, and what it is compared with.

    ``seen`` is about an hour; ``before`` are the hours before it, and ``days`` the same hour of earlier days.
    """

    seen: Stretch
    before: Stretch
    days: Stretch = Stretch()

    def expected(self, key: str) -> float:
        """Return how many of the hashtag ``key`` were to be expected among as many posts as are seen.

        It is the larger of two: earlier days know the daily round, and the hours before know what has become usual
        since; these are all there is on a first day. The pseudo-count is larger where there is less to compare with,
        in the proportion in which the variance of the expectation is. Where there is nothing, nothing is beyond it.
        """
        known = [stretch for stretch in (self.before, self.days) if stretch.posts]
        if not known:
            return math.inf
        usual = max(self.seen.posts * stretch.count(key) / stretch.posts for stretch in known)
        return usual + PSEUDO_COUNT * (1 + self.seen.posts / sum(stretch.posts for stretch in known))


@dataclass(frozen=True)
class Unusual:
    """A hashtag that had ``observed`` in about the hour before ``at`` (UTC), when ``expected`` were to be expected."""

    key: str
    unit: Unit
    observed: float
    expected: float
    at: datetime

    @property
    def score(self) -> float:
        """Return (observed - expected)^2 / expected."""
        return (self.observed - self.expected) ** 2 / self.expected

    def left(self, now: datetime) -> float:
        """Return what is left of the score: it halves every HALF_LIFE."""
        return float(self.score * 0.5 ** ((now - self.at) / HALF_LIFE))


def unusual(posts: Compared, authors: Compared | None, at: datetime) -> list[Unusual]:
    """Return the hashtags that are unusual in about the hour before ``at``, by authors where these are known."""
    if not (posts.before.posts or posts.days.posts):
        return []
    found = []
    for key in posts.seen.counts:
        one = Unusual(key, "posts", posts.seen.count(key), posts.expected(key), at)
        if authors:
            one = Unusual(key, "authors", _observed(authors, one), authors.expected(key), at)
        if one.observed >= max(FLOOR, LEAST_RATIO * one.expected) and one.score >= LEAST_SCORE:
            found.append(one)
    return found


def _observed(authors: Compared, posts: Unusual) -> float:
    """Return how many authors there are, those who posted in both hours of ``seen`` once.

    These were added up as if nobody had, so a hashtag of few who post all day would rise in the middle of each hour.
    But its authors do not rise more than its posts do.
    """
    return min(authors.seen.count(posts.key), authors.expected(posts.key) * posts.observed / posts.expected)


def peaks(found: Iterable[Unusual], now: datetime) -> dict[str, Unusual]:
    """Return of each hashtag the moment of which most is left."""
    best: dict[str, Unusual] = {}
    for one in found:
        if one.key not in best or one.left(now) > best[one.key].left(now):
            best[one.key] = one
    return best
