"""The health of every part: what is wrong, since when, and what a person can do about it. Known within a second.

A problem needs a person, or has lasted longer than usual. A replay that has ended is none.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.formats import number_format
from django.utils.translation import gettext

from contract.status import ArchiveStatus, CollectorStatus, StreamingStatus
from contract.version import VERSION
from trendsite.queries.pipeline_status import REDIS_AWAY, PipelineStatus, SourceStatus, read_pipeline_or_away
from trendsite.queries.problems import (
    Part,
    Problem,
    archive_problems,
    away,
    disk_problems,
    network_problems,
    problems_together,
    source_problems,
)

PATIENCE_SECONDS = 0.8
"""Time limit for each of Redis, database and disk."""

# Own threads: a database or a disk that hangs blocks its thread and nothing else of the site.
_database_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="healthz-database")
_disk_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="healthz-disk")

Value = TypeVar("Value")

Report = CollectorStatus | StreamingStatus | ArchiveStatus


class Viewers(msgspec.Struct):
    """The viewers of the board in this process now; the refused ones since it started, by reason; the frames sent."""

    watching: int = 0
    refused: dict[str, int] = msgspec.field(default_factory=dict)
    frames_sent: int = 0

    def refuse(self, kind: str) -> None:
        """Count one more refused viewer."""
        self.refused[kind] = self.refused.get(kind, 0) + 1


class Requests(msgspec.Struct):
    """The requests to API and feeds since the process started: accepted, refused, or let in uncounted without Redis."""

    taken: int = 0
    refused: int = 0
    uncounted: int = 0


class PartHealth(msgspec.Struct, omit_defaults=True):
    """One part: its ``error``, its last report, and the seconds since then (``age_seconds``)."""

    ok: bool
    error: str | None = None
    age_seconds: float | None = None
    report: CollectorStatus | StreamingStatus | ArchiveStatus | None = None


class NetworkHealth(msgspec.Struct):
    """One of several networks: its collector, and streaming, which counts its posts."""

    ok: bool
    collector: PartHealth
    streaming: PartHealth


class SystemHealth(msgspec.Struct):
    """Every part; ``ok`` if all are, else ``problems`` has the reasons. ``version`` is that of this process.

    If several networks run, ``networks`` has each by its name; ``collector`` and ``streaming`` are then well if they
    are so for all, with the report of the first. ``viewers`` and ``requests`` are those of the answering process.
    """

    ok: bool
    problems: list[Problem]
    redis: PartHealth
    database: PartHealth
    disk: PartHealth
    collector: PartHealth
    streaming: PartHealth
    archive: PartHealth
    viewers: Viewers
    requests: Requests
    version: str = VERSION
    networks: dict[str, NetworkHealth] | msgspec.UnsetType = msgspec.UNSET


class FirstSeen:
    """The time at which this process first saw each problem, for problems that report no beginning."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], datetime] = {}

    def date(self, problems: Iterable[Problem], now: datetime) -> list[Problem]:
        """Return the problems at ``now``, each with its beginning, and forget those that are gone."""
        problems = list(problems)
        keys = [(problem.part, problem.kind, problem.network) for problem in problems]
        self._seen = {key: since for key, since in self._seen.items() if key in keys}
        for key, problem in zip(keys, problems, strict=True):
            seen = self._seen.setdefault(key, now)
            problem.since = problem.since or seen
        return problems


process_requests = Requests()
"""The requests of this process."""

process_viewers = Viewers()
"""The viewers of this process."""

_first_seen = FirstSeen()


async def read_health() -> tuple[PipelineStatus, SystemHealth]:
    """Return the state of the pipeline and the health of every part."""
    database, disk, pipeline = await asyncio.gather(check_database(), check_disk(), _read_pipeline())
    return pipeline, assess(pipeline, [*database, *disk], process_viewers, datetime.now(UTC))


def assess(pipeline: PipelineStatus, of_machine: list[Problem], viewers: Viewers, now: datetime) -> SystemHealth:
    """Return the health at ``now`` from the state of the pipeline and the problems of database and disk."""
    several = len(pipeline.running) > 1
    of_networks = {status.source: network_problems(status, now) for status in pipeline.running} if several else {}
    reported = [
        *(problems_together(of_networks.values()) if several else source_problems(pipeline, now)),
        *archive_problems(pipeline.archive, now),
    ]
    of_redis = [] if pipeline.redis else [away("redis", gettext("Redis is away"))]
    found = [*of_redis, *of_machine, *reported]

    def part(name: Part, report: Report | None = None) -> PartHealth:
        return _part_health(name, found, report, now)

    return SystemHealth(
        ok=not found,
        # The other parts report through Redis: without it their state is unknown.
        problems=_first_seen.date(found if pipeline.redis else [*of_redis, *of_machine], now),
        redis=part("redis"),
        database=part("database"),
        disk=part("disk"),
        collector=part("collector", pipeline.collector),
        streaming=part("streaming", pipeline.streaming),
        archive=part("archive", pipeline.archive),
        viewers=viewers,
        requests=process_requests,
        networks=_networks_health(pipeline, of_networks, now),
    )


def _networks_health(
    pipeline: PipelineStatus, problems: Mapping[str, list[Problem]], now: datetime
) -> dict[str, NetworkHealth] | msgspec.UnsetType:
    if not problems:
        return msgspec.UNSET
    return {status.source: _network_health(status, problems[status.source], now) for status in pipeline.running}


def _network_health(status: SourceStatus, problems: list[Problem], now: datetime) -> NetworkHealth:
    collector = _part_health("collector", problems, status.collector, now)
    return NetworkHealth(not problems, collector, _part_health("streaming", problems, status.streaming, now))


def _part_health(part: Part, problems: Iterable[Problem], report: Report | None, now: datetime) -> PartHealth:
    wrong = [problem.what for problem in problems if problem.part == part]
    age = round((now - report.updated_at).total_seconds(), 3) if report else None
    return PartHealth(not wrong, "; ".join(wrong) or None, age, report)


async def _read_pipeline() -> PipelineStatus:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await read_pipeline_or_away(PATIENCE_SECONDS)
    except TimeoutError:
        return REDIS_AWAY


async def check_database() -> list[Problem]:
    """Return the problems of the database, which must answer in time."""
    try:
        await asyncio.wait_for(probe_database(), PATIENCE_SECONDS)
    except TimeoutError:
        return [away("database", _no_answer())]
    except DatabaseError as error:
        return [away("database", gettext("away: %(error)s") % {"error": type(error).__name__})]
    return []


async def check_disk() -> list[Problem]:
    """Return the problems of the disk of DATA_DIR, which must answer in time."""
    try:
        return disk_problems(await asyncio.wait_for(_in(_disk_thread, free_bytes), PATIENCE_SECONDS))
    except TimeoutError:
        return [away("disk", _no_answer())]
    except OSError as error:
        return [away("disk", gettext("cannot be read: %(error)s") % {"error": error.strerror})]


def _no_answer() -> str:
    return gettext("no answer within %(seconds)s s") % {"seconds": number_format(PATIENCE_SECONDS)}


def probe_database() -> Awaitable[None]:
    """Query the database in its own thread."""
    return _in(_database_thread, _select_one)


async def read_disk_usage() -> tuple[int, int] | None:
    """Return the free and the total bytes of the disk of DATA_DIR; None if it does not answer in time."""
    try:
        return await asyncio.wait_for(_in(_disk_thread, _free_and_total), PATIENCE_SECONDS)
    except (TimeoutError, OSError):
        return None


def free_bytes() -> int:
    """Return the free bytes on the disk of DATA_DIR."""
    return _free_and_total()[0]


def _free_and_total() -> tuple[int, int]:
    usage = shutil.disk_usage(settings.DATA_DIR)
    return usage.free, usage.total


def _in(thread: ThreadPoolExecutor, work: Callable[[], Value]) -> Awaitable[Value]:
    return asyncio.get_running_loop().run_in_executor(thread, work)


def _select_one() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()
