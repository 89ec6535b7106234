"""What X costs a month."""

from decimal import Decimal

from trendsite.tracking.x_cost import cost_a_month, cost_of_all, most_a_month


def test_a_month_is_thirty_days_like_the_past_ones_at_half_a_cent_a_post():
    assert cost_a_month(100, budget=10_000) == Decimal("15.000")


def test_the_budget_is_the_most():
    assert most_a_month(10_000) == Decimal("50.000")
    assert cost_a_month(1e6, budget=10_000) == Decimal("50.000")
    assert cost_of_all({"en": 300, "de": 300}, ["en", "de"], budget=10_000) == Decimal("50.000")


def test_only_tracked_languages_cost_something():
    assert cost_of_all({"*": 60, "en": 40, "de": 20}, ["en", "fr"], budget=10_000) == Decimal("6.000")


def test_what_x_never_sent_has_no_cost_yet():
    assert cost_a_month(None, budget=10_000) is None
    assert cost_of_all({}, ["en"], budget=10_000) is None
