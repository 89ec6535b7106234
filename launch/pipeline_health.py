"""The health of the parts on a machine without a site, from their reports in Redis."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from contract import redis_names
from contract.environment import Environment
from contract.status import ArchiveStatus, CollectorStatus, StreamingStatus
from launch.health import Health

FRESH = timedelta(seconds=5)
"""Every part reports each second."""

_TIMEOUT_SECONDS = 1.0

Report = TypeVar("Report", CollectorStatus, StreamingStatus, ArchiveStatus)


def pipeline_check(settings: Environment) -> Callable[[], Health]:
    """Return what reads the health of the parts from their reports."""
    client = redis.Redis.from_url(
        settings.redis_url(),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return lambda: read_pipeline_health(client, datetime.now(UTC))


def read_pipeline_health(client: redis.Redis, now: datetime) -> Health:
    """Return which parts report to Redis, and what is wrong with those that do.

    A part that was killed leaves its last report, so one older than FRESH is none.
    """
    try:
        names = redis_names.decode_sources(cast("bytes | None", client.get(redis_names.SOURCES)))
        collectors = [_read(client, redis_names.collector_status(name), CollectorStatus, now) for name in names]
        counting = [_read(client, redis_names.streaming_status(name), StreamingStatus, now) for name in names]
        archive = _read(client, redis_names.ARCHIVE_STATUS, ArchiveStatus, now)
    except (redis.RedisError, OSError):
        return Health({"redis": False}, has_ranking=False)
    parts = {"redis": True, "archive": archive is not None}
    problems = {"archive": archive.last_error} if archive and archive.last_error else {}
    for name, collector, streaming in zip(names, collectors, counting, strict=True):
        of_network = f"{name} " if len(names) > 1 else ""
        parts |= {f"{of_network}collector": collector is not None, f"{of_network}streaming": streaming is not None}
        if collector and collector.state == "blocked":
            problems[f"{of_network}collector"] = f"blocked: {collector.detail}"
        if streaming and streaming.problem:
            problems[f"{of_network}streaming"] = streaming.problem
    parts |= {"collector": any(collectors), "streaming": any(counting)}
    return Health(parts, any(report and report.counted_offset > 0 for report in counting), problems)


def _read(client: redis.Redis, name: str, kind: type[Report], now: datetime) -> Report | None:
    """Return a report, None without a fresh one of its shape."""
    try:
        report = msgspec.json.decode(cast("bytes | None", client.get(name)) or b"", type=kind)
    except msgspec.DecodeError:
        return None
    return report if now - report.updated_at <= FRESH else None
