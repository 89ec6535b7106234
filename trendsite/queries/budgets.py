"""What the networks that charge posts have sent, in words: this month, today, and what it cost."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from contract.status import BudgetStatus
from trendsite.localise import format_number
from trendsite.queries.pipeline_status import PipelineStatus
from trendsite.sources import source_named


@dataclass(frozen=True)
class BudgetLine:
    """The budget of one network: its ``title``, the posts in ``words``, and until when it pauses (UTC), if it does."""

    title: str
    words: str
    paused_until: datetime | None


def budget_lines(pipeline: PipelineStatus) -> list[BudgetLine]:
    """Return the budget of each running network that has one."""
    budgets = [(status.source, status.collector.budget) for status in pipeline.running if status.collector]
    return [
        BudgetLine(source_named(source).title, budget_words(budget), budget.paused_until)
        for source, budget in budgets
        if budget
    ]


def budget_words(budget: BudgetStatus) -> str:
    """Return a budget as "1,234 of 10,000 posts this month ($6.17), 56 today ($0.28)"."""
    words = gettext("%(month)s of %(limit)s posts this month (%(month_cost)s), %(today)s today (%(today_cost)s)") % {
        "month": format_number(budget.month),
        "limit": format_number(budget.limit),
        "month_cost": _dollars(budget, budget.month),
        "today": format_number(budget.today),
        "today_cost": _dollars(budget, budget.today),
    }
    return f"{words}; {_project_words(budget)}" if budget.project_used is not None else words


def _project_words(budget: BudgetStatus) -> str:
    used = {"used": format_number(budget.project_used or 0), "cap": format_number(budget.project_cap or 0)}
    if budget.project_cap:
        return gettext("all programs of the project %(used)s of %(cap)s") % used
    return gettext("all programs of the project %(used)s") % used


def _dollars(budget: BudgetStatus, posts: int) -> str:
    return f"${format_number(posts * budget.dollars_per_post, 2)}"
