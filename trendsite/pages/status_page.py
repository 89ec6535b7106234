"""/status/: the state of every part for people: what is wrong, since when, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from contract.dropped import posts_dropped
from contract.gap import Gap
from contract.status import CollectorStatus
from trendsite.pages.rendering import render_page
from trendsite.queries.board_status import board_status
from trendsite.queries.budgets import budget_lines
from trendsite.queries.dropped_reasons import dropped_in_words
from trendsite.queries.health import SystemHealth, read_health
from trendsite.queries.pipeline_status import PipelineStatus, SourceStatus
from trendsite.queries.problems import Part, Problem
from trendsite.sources import NETWORKS, source_named

_PARTS: tuple[tuple[Part, Promise | str, Promise], ...] = (
    ("collector", gettext_lazy("Collector"), gettext_lazy("takes in posts")),
    ("streaming", gettext_lazy("Counting"), gettext_lazy("counts their hashtags")),
    ("redis", "Redis", gettext_lazy("holds the live counts")),
    ("database", gettext_lazy("Database"), gettext_lazy("holds past days, accounts and settings")),
    ("archive", gettext_lazy("Archive"), gettext_lazy("stores each day once it is closed")),
    ("disk", gettext_lazy("Disk"), gettext_lazy("has room for more")),
)


@dataclass(frozen=True)
class PartRow:
    """One line of the page; ``state`` is ``ok``, ``wrong`` or ``unknown``.

    ``of_networks`` are the titles of those of several networks that have problems with the part.
    """

    part: Part
    name: Promise | str
    work: Promise
    state: str
    problems: list[Problem]
    of_networks: list[str]


@dataclass(frozen=True)
class NetworkBlock:
    """One of several networks: its state, and its numbers, each None while unknown.

    ``lag`` is the age of the latest counted post in whole seconds. ``gaps`` are the times of open days of which the
    network knows that posts are missing.
    """

    title: str
    state: str
    words: str
    status: SourceStatus
    lag: int | None
    dropped: int | None
    dropped_text: str
    problems: list[Problem]

    @property
    def gaps(self) -> list[Gap]:
        """The known gaps."""
        return self.status.collector.gaps if self.status.collector else []

    @property
    def connection(self) -> str:
        """What the network is connected to."""
        return _connection(self.status.collector)


@require_safe
async def status_page(request: HttpRequest) -> HttpResponse:
    """Return the page. Its status is always 200: the page itself reports the problems."""
    pipeline, health = await read_health()
    now = datetime.now(UTC)
    context: dict[str, object] = {
        "health": health,
        "rows": list(_rows(health)),
        "networks": [_block(status, health, now) for status in pipeline.running] if len(pipeline.running) > 1 else [],
        "gaps": pipeline.collector.gaps if pipeline.collector and len(pipeline.running) == 1 else [],
        "connection": _connection(pipeline.collector) if len(pipeline.running) == 1 else "",
        "status": board_status(pipeline, now),
        "clock": pipeline.clock,
        "archive": pipeline.archive,
        "waiting": _waiting_bytes(pipeline),
        "budgets": budget_lines(pipeline),
        "now": now,
    }
    if not health.database.ok:
        # Only the database knows the user.
        context |= {"user": AnonymousUser(), "messages": []}
    return await sync_to_async(render_page)(request, "pages/status.html", context)


def _waiting_bytes(pipeline: PipelineStatus) -> int | None:
    """Return how many bytes of posts wait to be counted, of all networks; None if streaming does not report."""
    known = [status.streaming.behind_bytes for status in pipeline.running if status.streaming]
    return sum(known) if known else None


def _connection(collector: CollectorStatus | None) -> str:
    """Return what a network is connected to, in words, such as the servers of Mastodon; empty if it is not."""
    return collector.detail if collector and collector.kind in NETWORKS and collector.state == "connected" else ""


_STATES = {
    "connected": gettext_lazy("Connected"),
    "connecting": gettext_lazy("Connecting"),
    "blocked": gettext_lazy("Blocked"),
    "ended": gettext_lazy("Ended"),
}


def _block(status: SourceStatus, health: SystemHealth, now: datetime) -> NetworkBlock:
    collector = status.collector
    problems = [problem for problem in health.problems if problem.network == status.source]
    dropped = {} if collector is None else posts_dropped(collector.dropped)
    return NetworkBlock(
        title=source_named(status.source).title,
        state="wrong" if problems else "ok" if collector and collector.state == "connected" else "unknown",
        words=str(_STATES[collector.state]) if collector else gettext("Its collector does not report"),
        status=status,
        lag=max(0, round((now - status.clock).total_seconds())) if status.clock else None,
        dropped=sum(dropped.values()) if collector else None,
        dropped_text=dropped_in_words(dropped),
        problems=problems,
    )


def _rows(health: SystemHealth) -> Iterator[PartRow]:
    for part, name, work in _PARTS:
        problems = [problem for problem in health.problems if problem.part == part]
        # A part that is not ok and has no problem reports through Redis, which is away.
        state = "ok" if getattr(health, part).ok else "wrong" if problems else "unknown"
        own = [problem for problem in problems if not problem.network]
        networks = {source_named(problem.network).title: None for problem in problems if problem.network}
        yield PartRow(part, name, work, state, own, list(networks))
