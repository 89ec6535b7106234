"""Which rising hashtags always occur together, judged by their counts alone: nothing counts pairs of hashtags. Pure.

Two hashtags belong together if their counts are nearly equal in each UTC hour of the last day, and so often that chance
is no explanation: two unrelated hashtags with the same mean would come as near in one of MAX_CHANCE cases.
"""

from collections.abc import Mapping, Sequence
from math import pi, sqrt

NEAR_POSTS = 1.0
"""Counts of an hour may differ by so many posts ..."""

NEAR_SHARE = 0.03
"""... and by this share of the larger one."""

MIN_POSTS = 20.0
"""Each of them has at least so many posts in all hours: for fewer the chance cannot be told."""

MAX_CHANCE = 0.01
"""On the recorded day 60 of 431 places join another one, none wrongly. A tenth of it would join 7."""

Hours = Mapping[str, Sequence[float]]
"""The posts of each hashtag in each hour."""


def groups(keys: Sequence[str], hours: Hours) -> list[list[str]]:
    """Return the hashtags ``keys`` in their order, each with those after it that always occur with it.

    A hashtag without ``hours`` stays alone.
    """
    found: list[list[str]] = []
    for key in keys:
        group = next((group for group in found if is_together(hours.get(group[0], ()), hours.get(key, ()))), None)
        if group is None:
            found.append([key])
        else:
            group.append(key)
    return found


def is_together(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether two hashtags always occur together, from their posts in the same hours."""
    if min(sum(one), sum(other)) < MIN_POSTS:
        return False
    chance = 1.0
    for first, second in zip(one, other, strict=False):
        apart = abs(first - second)
        if apart > NEAR_POSTS + NEAR_SHARE * max(first, second):
            return False
        # The difference of two Poisson counts has the variance of their sum.
        if both := first + second:
            chance *= min(1.0, (2 * apart + 1) / sqrt(2 * pi * both))
    return chance <= MAX_CHANCE


def may_be_together(one: float, other: float) -> bool:
    """Return whether two counts of about an hour are near enough to look at all hours."""
    return abs(one - other) <= 2 * (NEAR_POSTS + NEAR_SHARE * max(one, other))
