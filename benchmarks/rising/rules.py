"""The rules that are compared: today's, and the one that it replaced."""

from collections.abc import Callable

from trendsite.trending.rule import MIN_COUNT, Baseline, Usage, expect, min_count, rises

Rule = Callable[[Usage, Baseline, float], bool]
"""Whether a hashtag rises, of what is seen, what it is compared with, and how many hashtags an hour has."""

FORMER_PSEUDO_COUNT = 5.0
FORMER_RATIO = 1.5
FORMER_SCORE = 16.0


def former(seen: Usage, baseline: Baseline, _hashtags: float) -> bool:
    """The former rule: shares of all posts, the mean of all earlier days, variance as of chance alone, one minimum."""
    days = Usage(sum(day.same.used for day in baseline.days), baseline.days_posts)
    known = [period for period in (baseline.before, days) if period.posts]
    if not known or seen.used < MIN_COUNT:
        return False
    usual = max(seen.posts * period.used / period.posts for period in known)
    expected = usual + FORMER_PSEUDO_COUNT * (1 + seen.posts / sum(period.posts for period in known))
    return seen.used >= FORMER_RATIO * expected and (seen.used - expected) ** 2 / expected >= FORMER_SCORE


def current(seen: Usage, baseline: Baseline, hashtags: float) -> bool:
    """Today's rule."""
    return _judged(seen, baseline, min_count(hashtags))


def with_one_minimum(seen: Usage, baseline: Baseline, _hashtags: float) -> bool:
    """Today's rule with the same minimum in every language."""
    return _judged(seen, baseline, MIN_COUNT)


def _judged(seen: Usage, baseline: Baseline, minimum: float) -> bool:
    return rises(seen.used, expect(seen, baseline, minimum).with_margin, minimum)


RULES: dict[str, Rule] = {"before": former, "after": current}
