"""What X has sent and cost, in words, and where it is shown."""

from datetime import UTC, datetime

import pytest

from contract.status import BudgetStatus
from tests.trendsite.stage import NOW
from trendsite.queries.budgets import budget_words

BUDGET = BudgetStatus(limit=10_000, month=1_234, today=56, dollars_per_post=0.005)
WORDS = "1,234 of 10,000 posts this month ($6.17), 56 today ($0.28)"
PAUSED = BudgetStatus(10_000, 10_000, 9, 0.005, paused_until=datetime(2026, 12, 1, tzinfo=UTC))


def test_a_budget_has_the_posts_and_dollars_of_month_and_day():
    assert budget_words(BUDGET) == WORDS


def test_xs_own_count_of_the_project_stands_beside_ours():
    words = budget_words(BudgetStatus(10_000, 1_234, 56, 0.005, project_used=4_321, project_cap=3_000_000))
    assert words == f"{WORDS}; all programs of the project 4,321 of 3,000,000"
    assert budget_words(BudgetStatus(10_000, 1_234, 56, 0.005, project_used=4_321)).endswith("project 4,321")


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/status/", "/languages/", "/admin/"])
def test_a_budget_and_its_pause_are_on_the_pages(stage, admin_client, page):
    stage.show()
    stage.report_collector(NOW, kind="x", budget=BUDGET)
    shown = admin_client.get(page).content.decode()
    assert WORDS in shown
    assert "Paused until" not in shown
    stage.report_collector(NOW, kind="x", budget=PAUSED)
    assert "1 Dec 2026, 00:00 UTC" in admin_client.get(page).content.decode()
    stage.report_collector(NOW)
    assert "this month" not in admin_client.get(page).content.decode()
