"""What is wrong with a part, since when, and what a person can do about it, from what the part reports. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from django.utils.translation import gettext, gettext_lazy, ngettext

from contract.status import ArchiveStatus, CollectorStatus, StreamingStatus
from trendsite.localise import format_number
from trendsite.queries.pipeline_status import PipelineStatus, SourceStatus
from trendsite.sources import source_named

STALE_SECONDS = 5.0
"""Collector and streaming report once a second. After this time without a report one is stopped or stuck."""

CONNECTING_PATIENCE = timedelta(minutes=2)
STANDING_PATIENCE = timedelta(minutes=1)
BEHIND_PATIENCE = timedelta(minutes=5)

FAR_BEHIND_BYTES = 32 * 2**20
"""Two of the largest batches, by the default of MAX_BATCH_BYTES."""

LEAST_FREE_BYTES = 500_000_000
"""The start of Trendsite asks for as much."""

Part = Literal["redis", "database", "disk", "collector", "streaming", "archive"]
ProblemKind = Literal["away", "blocked", "connecting", "clock", "standing", "behind", "failed", "full"]
"""``away``: no answer or report. ``standing``: posts wait and none is counted. ``failed``: archiving failed."""


KINDS: dict[Part, tuple[ProblemKind, ...]] = {
    "redis": ("away",),
    "database": ("away",),
    "disk": ("away", "full"),
    "collector": ("away", "blocked", "connecting", "clock"),
    "streaming": ("away", "blocked", "standing", "behind", "clock"),
    "archive": ("away", "failed"),
}
"""The kinds of problems that each part can have."""


class Problem(msgspec.Struct):
    """A problem of a part: what is wrong, what a person can do, and since when at the latest (UTC).

    If several networks run, ``network`` is the name of the one that has it, and ``what`` begins with its title.
    """

    part: Part
    kind: ProblemKind
    what: str
    todo: str
    since: datetime | None = None
    network: str | msgspec.UnsetType = msgspec.UNSET


_RESTARTS = gettext_lazy(
    "What stopped is started again by itself. If this stays, `make status` shows the processes, var/log why."
)


def away(part: Part, what: str, since: datetime | None = None) -> Problem:
    """Return the problem of a part that does not answer or report."""
    return Problem(part, "away", what, str(_RESTARTS), since)


def disk_problems(free_bytes: int) -> list[Problem]:
    """Return the problems of a disk with so many free bytes."""
    if free_bytes >= LEAST_FREE_BYTES:
        return []
    free = {"megabytes": format_number(free_bytes // 1_000_000)}
    what = gettext("only %(megabytes)s MB are free for Trendsite's data") % free
    todo = gettext("Make room on that disk. Nothing is lost, but collecting waits once it is full.")
    return [Problem("disk", "full", what, todo)]


def collector_problems(report: CollectorStatus | None, now: datetime) -> list[Problem]:
    """Return the problems of the collector at ``now``."""
    if report is None:
        return [away("collector", gettext("does not report"))]
    found = _report_problems("collector", report, now)
    if report.state == "blocked":
        todo = gettext("Do what the words say. Collecting goes on by itself.")
        if report.kind == "replay":  # a file that cannot be read stays so
            todo = gettext(
                "If the disk is full, make room. Otherwise set REPLAY_FILE to a file with posts, and start again."
            )
        what = gettext("blocked: %(reason)s") % {"reason": report.detail}
        found.append(Problem("collector", "blocked", what, todo, report.since))
    if report.state == "connecting" and report.since and now - report.since > CONNECTING_PATIENCE:
        todo = gettext("Check the network, and whether the source works. The collector keeps trying.")
        what = gettext("not connected: %(reason)s") % {"reason": report.detail}
        found.append(Problem("collector", "connecting", what, todo, report.since))
    if report.clock_problem:
        todo = gettext("Check the clock of the machine that collects (NTP), then the times of the source's posts.")
        found.append(Problem("collector", "clock", report.clock_problem, todo))
    return found


def streaming_problems(report: StreamingStatus | None, now: datetime) -> list[Problem]:
    """Return the problems of streaming at ``now``."""
    if report is None:
        return [away("streaming", gettext("does not report"))]
    found = _report_problems("streaming", report, now)
    if report.problem:
        todo = gettext("Look into var/log/streaming.log. Counting goes on by itself, and no post is lost meanwhile.")
        found.append(Problem("streaming", "blocked", report.problem, todo))
    waiting = {"mebibytes": format_number(report.behind_bytes / 2**20, 1)}
    if report.behind_bytes > 0 and report.advanced_at and now - report.advanced_at > STANDING_PATIENCE:
        what = gettext("counting stands still: %(mebibytes)s MiB of posts wait to be counted") % waiting
        todo = gettext("Look into var/log/streaming.log.")
        found.append(Problem("streaming", "standing", what, todo, report.advanced_at))
    elif report.behind_bytes > FAR_BEHIND_BYTES and report.caught_up_at and now - report.caught_up_at > BEHIND_PATIENCE:
        todo = gettext("It catches up by itself. If the backlog grows, this machine is too slow for the source.")
        what = gettext("counting is behind: %(mebibytes)s MiB of posts wait to be counted") % waiting
        found.append(Problem("streaming", "behind", what, todo, report.caught_up_at))
    return found


def archive_problems(report: ArchiveStatus | None, now: datetime) -> list[Problem]:
    """Return the problems of the archive at ``now``."""
    if report is None:
        return [away("archive", gettext("does not report"))]
    if now > report.due_at:
        return [away("archive", gettext("reports no more"), report.due_at)]
    if not report.last_error:
        return []
    if report.waiting_days is None:
        what = gettext("archiving failed, days wait: %(error)s")
    else:
        what = ngettext(
            "archiving failed, %(days)s day waits: %(error)s",
            "archiving failed, %(days)s days wait: %(error)s",
            report.waiting_days,
        )
    what %= {"days": report.waiting_days, "error": report.last_error}
    todo = gettext(
        "Check ARCHIVE_URL and the database; var/log/archive.log says more. It is tried again at least every "
        "15 minutes, and no count is lost meanwhile."
    )
    return [Problem("archive", "failed", what, todo, report.failing_since)]


def source_problems(pipeline: PipelineStatus, now: datetime) -> list[Problem]:
    """Return the problems of the only running source at ``now``."""
    return [*collector_problems(pipeline.collector, now), *streaming_problems(pipeline.streaming, now)]


def problems_together(of_networks: Iterable[list[Problem]]) -> list[Problem]:
    """Return the problems of several networks. Streaming counts all of them: if it is away, that is one problem."""
    of_each = list(of_networks)
    found = [problem for problems in of_each for problem in problems]
    away_for = [problem for problem in found if (problem.part, problem.kind) == ("streaming", "away")]
    if len(away_for) < len(of_each):
        return found
    since = min((problem.since for problem in away_for if problem.since), default=None)
    return [
        *(problem for problem in found if problem not in away_for),
        away("streaming", gettext("does not report"), since),
    ]


def network_problems(status: SourceStatus, now: datetime) -> list[Problem]:
    """Return the problems of one of several networks at ``now``, each with its name."""
    found = [*collector_problems(status.collector, now), *streaming_problems(status.streaming, now)]
    title = source_named(status.source).title
    return [
        msgspec.structs.replace(problem, what=f"{title}: {_with_part(problem)}", network=status.source)
        for problem in found
    ]


def _with_part(problem: Problem) -> str:
    """Return what is wrong, with the part if only that tells two problems of a network apart."""
    if problem.kind == "away" and problem.part == "collector":
        return gettext("its collector %(problem)s") % {"problem": problem.what}
    if problem.kind == "away" and problem.part == "streaming":
        return gettext("its counting %(problem)s") % {"problem": problem.what}
    return problem.what


def _report_problems(part: Part, report: CollectorStatus | StreamingStatus, now: datetime) -> list[Problem]:
    """Return the problems with the time of a report."""
    age = (now - report.updated_at).total_seconds()
    if age > STALE_SECONDS:
        return [away(part, gettext("reports no more"), report.updated_at)]
    if age < -STALE_SECONDS:
        what = gettext("its clock is %(seconds)s s ahead of the clock of the site") % {"seconds": format_number(-age)}
        return [Problem(part, "clock", what, gettext("Set the clocks of both machines (NTP)."))]
    return []
