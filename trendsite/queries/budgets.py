"""What the networks that charge posts have sent, in words: this month, today, and what it cost."""

from dataclasses import dataclass
from datetime import datetime

from contract.status import BudgetStatus
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
    words = (
        f"{budget.month:,} of {budget.limit:,} posts this month ({_dollars(budget, budget.month)}), "
        f"{budget.today:,} today ({_dollars(budget, budget.today)})"
    )
    if budget.project_used is None:
        return words
    of_cap = f" of {budget.project_cap:,}" if budget.project_cap else ""
    return f"{words}; all programs of the project {budget.project_used:,}{of_cap}"


def _dollars(budget: BudgetStatus, posts: int) -> str:
    return f"${posts * budget.dollars_per_post:,.2f}"
