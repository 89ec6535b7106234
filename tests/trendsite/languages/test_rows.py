"""The estimate of what X costs a month."""

from decimal import Decimal

from trendsite.languages.rows import max_monthly_cost, monthly_cost, total_monthly_cost


def test_a_month_has_thirty_days_like_the_past_ones_at_half_a_cent_per_post():
    assert monthly_cost(100, budget=10_000) == Decimal("15.000")


def test_the_budget_caps_the_cost():
    assert max_monthly_cost(10_000) == Decimal("50.000")
    assert monthly_cost(1e6, budget=10_000) == Decimal("50.000")
    assert total_monthly_cost({"en": 300, "de": 300}, ["en", "de"], budget=10_000) == Decimal("50.000")


def test_only_tracked_languages_count_towards_the_total():
    assert total_monthly_cost({"*": 60, "en": 40, "de": 20}, ["en", "fr"], budget=10_000) == Decimal("6.000")


def test_a_language_without_posts_from_x_has_no_cost_yet():
    assert monthly_cost(None, budget=10_000) is None
    assert total_monthly_cost({}, ["en"], budget=10_000) is None
