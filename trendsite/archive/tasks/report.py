"""The archive's status in Redis: written each second by the watching process, or once by a run by hand or cron.

A run knows its outcome, and the process that started it lives on. So the run passes its Outcome through a pipe, one a
line, and that process reports it. An empty line only says that the run goes on. The process does not load Django, and
it never waits long for Redis.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from contract.redis_fault import raise_fault
from contract.redis_names import ARCHIVE_STATUS, STATUS_TTL
from contract.status import ArchiveStatus

REPORT_SECONDS = 1.0

DUE_WHEN_WATCHING = timedelta(seconds=5)
DUE_AFTER_ONE_RUN = timedelta(hours=26)
"""Without a watching process, cron runs the archive once a day."""

_TIMEOUT_SECONDS = 2.0

log = logging.getLogger(__name__)


class Outcome(msgspec.Struct):
    """What a run achieved, as in ArchiveStatus; None for what the run could not find out."""

    error: str = ""
    waiting_days: int | None = None
    last_success: datetime | None = None


def connect(url: str) -> redis.Redis:
    """Return a client with short time-outs and without retries: the next report is the retry."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        socket_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        driver_info=None,
    )


def check_redis(client: redis.Redis) -> None:
    """Connect to Redis once.

    Raises:
        SettingError: it refuses REDIS_URL. A Redis that is away is no error.
    """
    try:
        client.ping()
    except Exception as error:  # noqa: BLE001 - the next report is the retry
        raise_fault(error)


class Reporter:
    """Reports the outcome of the latest run, for as long as the watching process lives."""

    def __init__(self, client: redis.Redis, now: Callable[[], datetime]) -> None:
        """Report through ``client``."""
        self._redis = client
        self._now = now
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._outcome = Outcome()
        self._failing_since: datetime | None = None

    def set_outcome(self, outcome: Outcome) -> None:
        """Report the outcome of a run from now on."""
        with self._lock:
            outcome.last_success = outcome.last_success or self._outcome.last_success
            self._outcome = outcome
            self._failing_since = (self._failing_since or self._now()) if outcome.error else None
        self.report()

    def report(self) -> None:
        """Report once. Without Redis nothing happens."""
        # Threads report in turn: what was true earlier is never written later.
        with self._writing:
            with self._lock:
                status = _status(self._outcome, self._failing_since, self._now(), DUE_WHEN_WATCHING)
            with contextlib.suppress(redis.RedisError, OSError):
                self._redis.set(ARCHIVE_STATUS, msgspec.json.encode(status), ex=STATUS_TTL)

    def run(self, stop: threading.Event) -> None:
        """Report each second until ``stop`` is set, then remove the report."""
        while not stop.is_set():
            self.report()
            stop.wait(REPORT_SECONDS)
        with self._writing, contextlib.suppress(redis.RedisError, OSError):
            self._redis.delete(ARCHIVE_STATUS)


def report_one_run(client: redis.Redis, outcome: Outcome, now: datetime) -> None:
    """Report a run by hand or cron, unless a watching process reports. Without Redis, only log that."""
    try:
        previous = cast("bytes | None", client.get(ARCHIVE_STATUS))
        if not previous or not _is_of_watching_process(previous, now):
            status = _status(outcome, now if outcome.error else None, now, DUE_AFTER_ONE_RUN)
            client.set(ARCHIVE_STATUS, msgspec.json.encode(status), ex=DUE_AFTER_ONE_RUN)
    except (redis.RedisError, OSError) as error:
        log.warning("Redis is away (%s): the site does not learn of this run", type(error).__name__)


def write_outcome(pipe: int, outcome: Outcome | None) -> None:
    """Pass an outcome, or a sign of life, to the process at the other end of a pipe. If that has gone, do nothing."""
    with contextlib.suppress(OSError):
        os.write(pipe, (msgspec.json.encode(outcome) if outcome else b"") + b"\n")


def read_outcomes(pipe: int) -> list[Outcome | None] | None:
    """Return the outcomes and signs of life that a run passed since the last call, None if there are none."""
    os.set_blocking(pipe, False)
    try:
        lines = os.read(pipe, 65_536).splitlines()
    except BlockingIOError:
        return None
    return [msgspec.json.decode(line, type=Outcome) if line else None for line in lines]


def _status(outcome: Outcome, failing_since: datetime | None, now: datetime, due_in: timedelta) -> ArchiveStatus:
    return ArchiveStatus(
        outcome.last_success, outcome.waiting_days, outcome.error, failing_since, updated_at=now, due_at=now + due_in
    )


def _is_of_watching_process(report: bytes, now: datetime) -> bool:
    """Return whether a report is of a watching process that lives: its next one is due within seconds."""
    try:
        status = msgspec.json.decode(report, type=ArchiveStatus)
    except msgspec.DecodeError:
        return False
    return status.due_at - status.updated_at <= DUE_WHEN_WATCHING and status.due_at >= now
