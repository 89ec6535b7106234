"""GET /healthz: whether every part reports, how long ago, and what was dropped. It answers within about a second."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from contract.status import CollectorStatus, StreamingStatus
from trendsite.api.rate_limit import Requests, requests_of_this_process
from trendsite.live.connection import REDIS_IS_AWAY, open_redis
from trendsite.live.pipeline import AWAY, Pipeline, read_pipeline
from trendsite.live.viewers import Viewers, of_this_process

PATIENCE_SECONDS = 0.8

STALE_SECONDS = 5.0
"""Every part reports once a second; one that has not for so long is stopped or stuck."""

# One thread of our own: a database that hangs holds up this thread and nothing else of the site.
_database_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="healthz")


class PartHealth(msgspec.Struct, omit_defaults=True):
    """One part: ``age_seconds`` since its last report, and the report."""

    ok: bool
    error: str | None = None
    age_seconds: float | None = None
    report: CollectorStatus | StreamingStatus | None = None


class Health(msgspec.Struct):
    """Every part; ``ok`` when all are. ``viewers`` and ``requests`` are those of the process that answers."""

    ok: bool
    redis: PartHealth
    database: PartHealth
    collector: PartHealth
    streaming: PartHealth
    viewers: Viewers
    requests: Requests


@require_safe
async def healthz(_request: HttpRequest) -> HttpResponse:
    """Return the health of every part: 200 when all report, otherwise 503."""
    _, health = await read_health()
    body = msgspec.json.encode(health)
    response = HttpResponse(body, content_type="application/json", status=200 if health.ok else 503)
    response["Cache-Control"] = "no-store"
    return response


async def read_health() -> tuple[Pipeline, Health]:
    """Return the state of the pipeline and the health of every part."""
    database, pipeline = await asyncio.gather(database_health(), _pipeline())
    return pipeline, judge(pipeline, database, of_this_process, datetime.now(UTC))


def judge(pipeline: Pipeline, database: PartHealth, viewers: Viewers, now: datetime) -> Health:
    """Return the health that follows from what was read at ``now``."""
    redis = PartHealth(ok=True) if pipeline.redis else PartHealth(ok=False, error="Redis is away")
    collector = _reporting(pipeline.collector, now)
    streaming = _reporting(pipeline.streaming, now)
    ok = all(part.ok for part in (redis, database, collector, streaming))
    return Health(ok, redis, database, collector, streaming, viewers, requests_of_this_process)


def _reporting(report: CollectorStatus | StreamingStatus | None, now: datetime) -> PartHealth:
    if report is None:
        return PartHealth(ok=False, error="does not report")
    age = round((now - report.updated_at).total_seconds(), 3)
    if age > STALE_SECONDS:
        return PartHealth(ok=False, error="reports no more", age_seconds=age, report=report)
    return PartHealth(ok=True, age_seconds=age, report=report)


async def _pipeline() -> Pipeline:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), open_redis(PATIENCE_SECONDS) as redis:
            return await read_pipeline(redis)
    except REDIS_IS_AWAY:
        return AWAY


async def database_health() -> PartHealth:
    """Return whether the database answers in time."""
    try:
        await asyncio.wait_for(probe_database(), PATIENCE_SECONDS)
    except TimeoutError:
        return PartHealth(ok=False, error=f"no answer within {PATIENCE_SECONDS} s")
    except DatabaseError as error:
        return PartHealth(ok=False, error=f"away: {type(error).__name__}")
    return PartHealth(ok=True)


def probe_database() -> asyncio.Future[None]:
    """Ask the database, in the thread that may hang."""
    return asyncio.get_running_loop().run_in_executor(_database_thread, _select_one)


def _select_one() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()
