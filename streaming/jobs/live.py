"""Counts the stream that one collector serves, one stream after the other.

Every second the supervisor asks the collector for the status of its stream. It runs one stream job at a time, and
starts another when the collector serves another source, or the same source anew under another ``stream_id``
(contract.socket_protocol).
"""

import logging
import threading
from datetime import UTC, datetime
from random import random
from time import monotonic

import redis
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from contract.address import address_text
from contract.backoff import Backoff
from contract.socket_protocol import StreamStatus
from contract.status import StreamingStatus
from streaming.config import StreamingConfig
from streaming.jobs.earlier_stream import discard_other_stream, has_counts
from streaming.jobs.stream_job import StreamJob
from streaming.session import StartHelpers
from streaming.sink.redis_view import RedisView, announce, delete_old_keys, delete_report, report_problem
from streaming.source.client import CollectorClient, CollectorUnreachableError

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
BACKOFF = Backoff(first=1.0, longest=5.0)
"""Between requests to a collector that does not answer."""


class QueryFailedError(RuntimeError):
    """Spark failed. A restart continues from the counts file."""


class Supervisor:
    """Runs a stream job for each stream of one collector.

    ``source`` is the name of its stream, empty until it is known. ``is_counting`` is whether a job runs.
    """

    def __init__(
        self,
        session: SparkSession,
        helpers: StartHelpers,
        config: StreamingConfig,
        client: redis.Redis,
        stop: threading.Event,
    ) -> None:
        """Run until ``stop`` is set."""
        self._session = session
        self._helpers = helpers
        self._config = config
        self._redis = client
        self._stop = stop
        self._failures = 0
        self._ask_at = 0.0
        self._stranger = ""
        self.source = config.source
        self.is_counting = False

    def run(self) -> None:
        """Run stream jobs, one after the other. After an error it may be called again.

        Raises:
            QueryFailedError: Spark failed.
            RecoveryError: counting cannot continue until an operator acts.
        """
        with CollectorClient(self._config.collector_address, self._config.collector_secret, patience=0) as collector:
            while not self._stop.is_set():
                stream = self._ask(collector)
                if stream and (stream.days or has_counts(self._config.data_dir, stream)):
                    self._run_job(collector, stream)
                else:
                    self._report_idle(stream)
                    self._stop.wait(TICK_SECONDS)
        if self.source:
            delete_report(self._redis, self.source)

    def report_problem(self, problem: str) -> None:
        """Report why the stream is not counted now."""
        if self.source:
            report_problem(self._redis, self.source, problem)

    def _run_job(self, collector: CollectorClient, stream: StreamStatus) -> None:
        """Count one stream until the collector serves another.

        Raises:
            RecoveryError, QueryFailedError: as run.
        """
        discard_other_stream(self._config.data_dir, stream, RedisView(self._redis, stream.source))
        try:
            with StreamJob(self._session, self._helpers, self._config, self._redis, stream) as job:
                self.is_counting = True
                while not self._stop.wait(TICK_SECONDS):
                    status = self._ask(collector, job)
                    if status and (status.source, status.stream_id) != (stream.source, stream.stream_id):
                        return
                    job.tick(status)
        except (PySparkException, Py4JError) as error:
            raise QueryFailedError(f"counting {stream.source} failed: {error}") from error
        finally:
            self.is_counting = False

    def _ask(self, collector: CollectorClient, job: StreamJob | None = None) -> StreamStatus | None:
        """Return the stream's status, None while the collector is away. Release what the job no longer needs.

        A collector that was started again may serve another stream. So the first request to it releases nothing.
        """
        if monotonic() < self._ask_at:
            return None
        try:
            if job is None or job.releasable is None or not collector.is_connected:
                stream = collector.status()
            else:
                stream = collector.release(job.releasable, job.recorded)
        except CollectorUnreachableError as error:
            self._note_failure(error)
            return None
        if self._failures:
            log.info("the collector at %s answers again", address_text(self._config.collector_address))
        self._failures = 0
        return stream if self._is_expected(stream) else None

    def _note_failure(self, error: CollectorUnreachableError) -> None:
        """Log the first of several failures, and wait before the next request."""
        self._failures += 1
        self._ask_at = monotonic() + BACKOFF.delay(self._failures, random())  # noqa: S311 - jitter
        if self._failures == 1:
            log.warning("waiting: %s", error)

    def _is_expected(self, stream: StreamStatus) -> bool:
        """Return whether the collector serves the source of the settings. Two threads must not count one stream."""
        is_expected = self._config.source in ("", stream.source)
        self._stranger = "" if is_expected else self._note_stranger(stream.source)
        if is_expected:
            self._announce(stream.source)
        return is_expected

    def _note_stranger(self, source: str) -> str:
        what = f"its collector's address serves {source}: check SOURCE and COLLECTOR_ADDRESS"
        if what != self._stranger:
            log.error("%s is not counted: %s", self._config.source, what)
        return what

    def _announce(self, source: str) -> None:
        if not self.source or self.source != source:
            delete_old_keys(self._redis)
        self.source = source
        announce(self._redis, self._config.running or [source])

    def _report_idle(self, stream: StreamStatus | None) -> None:
        if stream:
            RedisView(self._redis, stream.source).report(_idle_status(stream))
        elif self._config.source:
            self._announce(self._config.source)
            self.report_problem(self._stranger)


def _idle_status(stream: StreamStatus) -> StreamingStatus:
    return StreamingStatus(stream.source, None, stream.end_offset, 0, -1, 0.0, 0, datetime.now(UTC))
