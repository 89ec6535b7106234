"""What /metrics says: the reports of every part as Prometheus metrics. Pure.

Names follow Prometheus's rules: base units, counters end in ``_total``. Values of labels are bounded: networks are
those of SOURCE, all others come from closed sets. What is unknown, because Redis or a part is away, has no sample.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Generic, Literal, TypeVar

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from contract.dropped import REASONS
from contract.gap import Gap
from contract.status import BATCH_SECONDS, ArchiveStatus, BatchTimes, BudgetStatus, CollectorStatus, StreamingStatus
from contract.version import VERSION
from trendsite.queries.health import SystemHealth
from trendsite.queries.pipeline_status import PipelineStatus, SourceStatus
from trendsite.queries.problems import KINDS, Part, Problem, collector_problems, streaming_problems
from trendsite.queries.site_processes import ProcessCounters

REFUSALS = (
    *("rubbish", "binary", "too long", "too often", "address", "full", "choices"),
    *("unfinished", "stalled", "crowded out"),
)
"""Why a viewer (trendsite.board.live.limits) or another connection (trendsite.pending_connections) was ended."""

_OTHER = "other"
_OF_SITE: tuple[Part, ...] = ("redis", "database", "disk", "archive")
_STATES = ("connected", "connecting", "ended", "blocked")
_REQUESTS: tuple[Literal["taken", "refused", "uncounted"], ...] = ("taken", "refused", "uncounted")

Sample = tuple[tuple[str, ...], float | None]
Report = TypeVar("Report")
Gauge = GaugeMetricFamily
Counter = CounterMetricFamily


@dataclass(frozen=True)
class Observed:
    """Everything at ``now`` (UTC). ``disk`` is free and total bytes; ``processes`` are the site's, by number."""

    pipeline: PipelineStatus
    health: SystemHealth
    disk: tuple[int, int] | None
    processes: Mapping[str, ProcessCounters]
    now: datetime


class TrendsiteCollector(Collector):
    """Gives Prometheus's client the metrics of one moment."""

    def __init__(self, observed: Observed) -> None:
        """Give the metrics of ``observed``."""
        self._observed = observed

    def collect(self) -> Iterator[Metric]:
        """Yield every family, also those without a sample."""
        running = self._observed.pipeline.running
        yield _filled(Gauge, "build_info", "The version of Trendsite.", ["version"], [((VERSION,), 1)])
        yield from _of_parts(self._observed)
        yield from _of_collectors({status.source: status.collector for status in running if status.collector})
        yield from _of_streaming(running)
        archive = self._observed.pipeline.archive
        yield from _of_reports(_ARCHIVE, "", {"": archive} if archive else {})
        yield from _of_reports(_DISK, "", {"": self._observed.disk} if self._observed.disk else {})
        yield from _of_processes(self._observed.processes)


@dataclass(frozen=True)
class _Value(Generic[Report]):
    """A metric with one value from each report; None has no sample."""

    family: type[Gauge] | type[Counter]
    name: str
    text: str
    of: Callable[[Report], float | None]


_COLLECTOR: tuple[_Value[CollectorStatus], ...] = (
    _Value(Counter, "posts", "Posts collected since the stream began.", lambda report: report.posts),
    _Value(Counter, "tagged_posts", "Those with a hashtag.", lambda report: report.tagged),
    _Value(Gauge, "spool_bytes", "Collected posts on disk.", lambda report: report.spool_bytes),
    _Value(Gauge, "known_gaps", "Gaps of open days.", lambda report: len(report.gaps)),
    _Value(Gauge, "known_gaps_seconds", "How long they are together.", lambda report: _length(report.gaps)),
    _Value(
        Gauge,
        "collector_report_timestamp_seconds",
        "When the collector last reported.",
        lambda report: report.updated_at.timestamp(),
    ),
)

_BUDGET: tuple[_Value[BudgetStatus], ...] = (
    _Value(Gauge, "budget_limit_posts", "Posts to pay for in a UTC month.", lambda budget: budget.limit),
    _Value(Gauge, "budget_used_posts", "Posts of this month.", lambda budget: budget.month),
    _Value(Gauge, "budget_used_today_posts", "Posts of today.", lambda budget: budget.today),
    _Value(
        Gauge,
        "budget_used_dollars",
        "What the posts of this month cost.",
        lambda budget: round(budget.month * budget.dollars_per_post, 6),
    ),
    _Value(Gauge, "budget_paused", "1 while the budget is spent.", lambda budget: budget.paused_until is not None),
)

_STREAMING: tuple[_Value[StreamingStatus], ...] = (
    _Value(Gauge, "lag_bytes", "Posts that wait to be counted.", lambda report: report.behind_bytes),
    _Value(Counter, "counted_bytes", "Posts counted, in bytes.", lambda report: report.counted_offset),
    _Value(Counter, "rebuilds", "How often Redis was filled again.", lambda report: report.rebuilds),
    _Value(Counter, "race_failures", "How often a race was not recorded.", lambda report: report.race_failures),
    _Value(
        Gauge,
        "streaming_report_timestamp_seconds",
        "When streaming last reported.",
        lambda report: report.updated_at.timestamp(),
    ),
)

_COUNTED: tuple[_Value[SourceStatus], ...] = (
    _Value(
        Gauge,
        "lag_seconds",
        "How far the latest counted post is behind the latest collected one.",
        lambda status: _lag(status),
    ),
    _Value(
        Gauge,
        "latest_post_timestamp_seconds",
        "When the latest counted post was posted.",
        lambda status: status.clock.timestamp() if status.clock else None,
    ),
)

_ARCHIVE: tuple[_Value[ArchiveStatus], ...] = (
    _Value(
        Gauge,
        "archive_last_success_timestamp_seconds",
        "When a day was last archived.",
        lambda report: report.last_success.timestamp() if report.last_success else None,
    ),
    _Value(Gauge, "archive_waiting_days", "Closed days that are not archived.", lambda report: report.waiting_days),
    _Value(Gauge, "archive_failing", "1 while the last run failed.", lambda report: bool(report.last_error)),
)

_DISK: tuple[_Value[tuple[int, int]], ...] = (
    _Value(Gauge, "disk_free_bytes", "Free on the disk of DATA_DIR.", lambda disk: disk[0]),
    _Value(Gauge, "disk_size_bytes", "The size of that disk.", lambda disk: disk[1]),
)

_PROCESS: tuple[_Value[ProcessCounters], ...] = (
    _Value(Gauge, "viewers", "Viewers of the board now.", lambda counters: counters.viewers.watching),
    _Value(Counter, "frames_sent", "Messages written to viewers.", lambda counters: counters.viewers.frames_sent),
)


def _of_parts(observed: Observed) -> Iterator[Metric]:
    problems = list(_problems(observed))
    yield _filled(Gauge, "ready", "1 while nothing is wrong, as /readyz.", [], [((), observed.health.ok)])
    yield _filled(
        Gauge,
        "up",
        "1 if a part answers or reports.",
        ["part", "network"],
        [((part, network), "away" not in kinds) for part, network, kinds in problems],
    )
    yield _filled(
        Gauge,
        "problem",
        "1 while a part has a problem of this kind, as /status/ explains it.",
        ["part", "kind", "network"],
        [((part, kind, network), kind in kinds) for part, network, kinds in problems for kind in KINDS[part]],
    )


def _problems(observed: Observed) -> Iterator[tuple[Part, str, set[str]]]:
    """Yield part, network and the kinds of its problems, for parts of known state. Most have no network."""
    is_redis_up = observed.health.redis.ok
    for part in _OF_SITE:
        if is_redis_up or part != "archive":
            yield part, "", _kinds(problem for problem in observed.health.problems if problem.part == part)
    # Before any source has named itself, neither part reports.
    for status in (observed.pipeline.running or [SourceStatus("")]) if is_redis_up else ():
        yield "collector", status.source, _kinds(collector_problems(status.collector, observed.now))
        yield "streaming", status.source, _kinds(streaming_problems(status.streaming, observed.now))


def _kinds(problems: Iterable[Problem]) -> set[str]:
    return {problem.kind for problem in problems}


def _of_collectors(reports: Mapping[str, CollectorStatus]) -> Iterator[Metric]:
    yield _filled(
        Gauge,
        "collector_state",
        "1 for the state of the connection to the network.",
        ["network", "state"],
        [((network, state), report.state == state) for network, report in reports.items() for state in _STATES],
    )
    yield _filled(
        Counter,
        "dropped",
        "What was not counted since the stream began, by reason.",
        ["network", "reason"],
        [
            ((network, reason), count)
            for network, report in reports.items()
            for reason, count in _closed(report.dropped, REASONS).items()
        ],
    )
    yield from _of_reports(_COLLECTOR, "network", reports)
    budgets = {network: report.budget for network, report in reports.items() if report.budget}
    yield from _of_reports(_BUDGET, "network", budgets)


def _of_streaming(running: Sequence[SourceStatus]) -> Iterator[Metric]:
    reports = {status.source: status.streaming for status in running if status.streaming}
    yield from _of_reports(_STREAMING, "network", reports)
    yield from _of_reports(_COUNTED, "network", {status.source: status for status in running})
    yield _batch_times({network: report.batch_times for network, report in reports.items()})


def _of_processes(processes: Mapping[str, ProcessCounters]) -> Iterator[Metric]:
    yield from _of_reports(_PROCESS, "process", processes)
    yield _filled(
        Counter,
        "refused_viewers",
        "Viewers and other connections that were refused or ended, by reason.",
        ["process", "reason"],
        [
            ((number, reason), count)
            for number, counters in processes.items()
            for reason, count in _closed(counters.viewers.refused, REFUSALS).items()
        ],
    )
    yield _filled(
        Counter,
        "api_requests",
        "Requests to API and feeds: taken, refused by the limit, or uncounted without Redis.",
        ["process", "result"],
        [
            ((number, result), getattr(counters.requests, result))
            for number, counters in processes.items()
            for result in _REQUESTS
        ],
    )


def _lag(status: SourceStatus) -> float | None:
    if status.clock is None or status.collector is None or status.collector.clock is None:
        return None
    return max(0.0, (status.collector.clock - status.clock).total_seconds())


def _length(gaps: Iterable[Gap]) -> float:
    return sum((gap.end - gap.start).total_seconds() for gap in gaps)


def _closed(counts: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    """Return the count of each name, and the sum of all others, which only another version can have."""
    others = sum(count for name, count in counts.items() if name not in names)
    return {name: counts.get(name, 0) for name in names} | ({_OTHER: others} if others else {})


def _batch_times(times: Mapping[str, BatchTimes]) -> Metric:
    family = HistogramMetricFamily(
        "trendsite_batch_duration_seconds",
        "How long a batch took to be read, parsed and grouped, until it was counted or in line for that.",
        labels=["network"],
    )
    bounds = [*(str(bound) for bound in BATCH_SECONDS), "+Inf"]
    for network, known in times.items():
        if len(known.batches) == len(bounds):  # another version of streaming may have other classes
            family.add_metric([network], list(zip(bounds, accumulate(known.batches), strict=True)), known.seconds)
    return family


def _of_reports(values: Iterable[_Value[Report]], label: str, reports: Mapping[str, Report]) -> Iterator[Metric]:
    """Yield each metric, with its value from each report; the keys of ``reports`` are the values of ``label``."""
    for value in values:
        samples = [((key,) if label else (), value.of(report)) for key, report in reports.items()]
        yield _filled(value.family, value.name, value.text, [label] if label else [], samples)


def _filled(
    family: type[Gauge] | type[Counter], name: str, text: str, labels: list[str], samples: Iterable[Sample]
) -> Metric:
    """Return a family with all samples that have a value."""
    filled = family(f"trendsite_{name}", text, labels=labels)
    for key, value in samples:
        if value is not None:
            filled.add_metric(key, float(value))
    return filled
