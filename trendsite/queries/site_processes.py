"""What each process of the site counts. Of several processes, each reports to Redis, so any of them can answer for all.

They are those of this machine: a site on another machine answers for its own.
"""

import asyncio
import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
from django.conf import settings
from redis.asyncio import Redis

from contract import redis_names
from trendsite.queries.health import PATIENCE_SECONDS, Requests, Viewers, process_requests, process_viewers
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis, open_redis_in_thread

REPORT_SECONDS = 2.0
_TIMEOUT_SECONDS = 1.0

log = logging.getLogger(__name__)


class ProcessCounters(msgspec.Struct):
    """The viewers and requests of one process, as of ``updated_at``."""

    viewers: Viewers
    requests: Requests
    updated_at: datetime


def own_counters(now: datetime) -> ProcessCounters:
    """Return the counters of this process."""
    return ProcessCounters(process_viewers, process_requests, now)


def own_number() -> str:
    """Return the number of this process among those of the site, as supervisord names it: "0" for the only one."""
    return os.environ.get("SUPERVISOR_PROCESS_NAME", "").rpartition("-")[2] or "0"


def _key() -> str:
    return redis_names.site_status(socket.gethostname())


async def read_processes_in_time(now: datetime) -> dict[str, ProcessCounters]:
    """Return the counters of every process of this machine; those of this one alone while Redis is away."""
    own = {own_number(): own_counters(now)}
    if settings.SITE_PROCESSES == 1:
        return own
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), open_redis(PATIENCE_SECONDS) as redis:
            # Of this process too, what it reported: a later answer of another process must not be lower.
            return own | await read_processes(redis, now)
    except REDIS_IS_AWAY:
        return own


async def read_processes(redis: Redis, now: datetime) -> dict[str, ProcessCounters]:
    """Return the counters of every process of this machine that has reported lately, by its number.

    Raises:
        RedisError, OSError: Redis is away.
    """
    reports: dict[Any, Any] = await redis.hgetall(_key())  # strings: redis-py leaves the type open
    found = {}
    for number, message in reports.items():
        with contextlib.suppress(msgspec.DecodeError):
            counters = msgspec.json.decode(message, type=ProcessCounters)
            if now - counters.updated_at < timedelta(seconds=redis_names.STATUS_TTL):
                found[number] = counters
    return found


class ProcessReporter:
    """Reports the counters of this process, in a thread, for as long as it lives."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Date the reports by ``now``."""
        self._now = now

    def start(self) -> None:
        """Report every REPORT_SECONDS in the background."""
        threading.Thread(target=self._run, name="site-status", daemon=True).start()

    def report(self) -> None:
        """Report once. Without Redis nothing happens: the next report is the retry."""
        message = msgspec.json.encode(own_counters(self._now()))
        with contextlib.suppress(*REDIS_IS_AWAY), open_redis_in_thread(_TIMEOUT_SECONDS) as client:
            pipeline = client.pipeline(transaction=False)
            pipeline.hset(_key(), own_number(), cast("str", message))
            pipeline.expire(_key(), redis_names.STATUS_TTL)
            pipeline.execute()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            try:
                self.report()
            except Exception:  # the next report may succeed
                log.exception("This process is missing in /metrics")
            pause.wait(REPORT_SECONDS)
