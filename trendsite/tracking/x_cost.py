"""What X costs a month: an estimate from the posts that it sent on past days. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

DOLLARS_A_POST = Decimal("0.005")
"""What X charges for each post that it sends, at the time of writing."""

DAYS_A_MONTH = 30


def most_a_month(budget: int) -> Decimal:
    """Return the dollars of a month in which the whole budget of posts is spent: the collector stops there."""
    return budget * DOLLARS_A_POST


def cost_a_month(posts_a_day: float | None, budget: int) -> Decimal | None:
    """Return the dollars of a month like the past days, which no budget lets grow further; None if none were seen."""
    if posts_a_day is None:
        return None
    return min(Decimal(round(posts_a_day * DAYS_A_MONTH)) * DOLLARS_A_POST, most_a_month(budget))


def cost_of_all(posts_a_day: Mapping[str, float], tracked: Iterable[str], budget: int) -> Decimal | None:
    """Return the dollars that all tracked languages together take a month; None where X sent nothing yet."""
    if not posts_a_day:
        return None
    return cost_a_month(sum(posts_a_day.get(code, 0.0) for code in tracked), budget)
