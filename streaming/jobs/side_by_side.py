"""Counts the streams of all collectors side by side: one supervisor, in a thread of its own, for each.

What fails in one thread is tried again there, and the others count on. The process ends, and is restarted, only if
Spark is dead, also without posts if it ended on its cluster, or if a stream failed while no other is counted.
"""

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from random import random
from time import monotonic

import redis
from pyspark.sql import SparkSession

from contract.backoff import Backoff
from streaming.cluster.check import ended, reason
from streaming.config import StreamingConfig
from streaming.jobs.live import TICK_SECONDS, Supervisor
from streaming.session import StartHelpers, is_alive
from streaming.state.errors import RecoveryError

log = logging.getLogger(__name__)

PAUSE_SECONDS = 30.0
"""Until an operator acts, another attempt fails the same way. The pause keeps attempts from loading the machine."""

BACKOFF = Backoff(first=1.0, longest=60.0)
# Anyone may read a status, so it names no folder. The log has the error and the command.
_NEEDS_A_PERSON = "counting waits for a person: streaming.log has the command that recovers"
_IS_TRIED_AGAIN = "counting failed and is tried again: streaming.log says why"

CALM_SECONDS = 120.0
"""A failure after an attempt of so long is a new one."""


class SideBySide:
    """The supervisors of all collectors."""

    def __init__(
        self, session: SparkSession, configs: list[StreamingConfig], client: redis.Redis, stop: threading.Event
    ) -> None:
        """Count by ``configs``, one for each collector, until ``stop`` is set."""
        helpers = StartHelpers(session)
        self._session = session
        self._is_on_cluster = any(config.cluster for config in configs)
        self._stop = stop
        self._supervisors = [Supervisor(session, helpers, config, client, stop) for config in configs]
        self._failure: Exception | None = None

    def run(self) -> None:
        """Count until the stop.

        Raises:
            ClusterError: Spark ended by itself on its cluster. The message is one line.
            Exception: the failure that another process must continue after.
        """
        threads = [
            threading.Thread(target=self._run, args=[supervisor], name=f"supervisor-{number}")
            for number, supervisor in enumerate(self._supervisors)
        ]
        for thread in threads:
            thread.start()
        has_ended = self._join(threads)
        if has_ended or (self._failure and self._has_cluster_ended()):
            if self._failure:
                log.error("counting failed as Spark ended: %s", reason(self._failure))
            raise ended(self._session)
        if self._failure:
            raise self._failure

    def _join(self, threads: Sequence[threading.Thread]) -> bool:
        """Wait until all threads have ended. Return whether they did because Spark ended by itself on its cluster.

        A query without posts would not notice.
        """
        has_ended = False
        for thread in threads:
            while thread.is_alive():
                # This thread must not wait for the stop: it runs the signal's handler, which needs the stop's lock.
                thread.join(TICK_SECONDS if self._is_on_cluster else None)
                if not self._stop.is_set() and self._has_cluster_ended():
                    has_ended = True
                    self._stop.set()
        return has_ended

    def _has_cluster_ended(self) -> bool:
        return self._is_on_cluster and not is_alive(self._session)

    def _run(self, supervisor: Supervisor) -> None:
        """Run a supervisor until the stop. A thread that ended unseen would leave its stream uncounted."""
        try:
            self._keep_running(supervisor)
        except Exception as error:  # noqa: BLE001 - the main thread raises it
            self._end(error)

    def _keep_running(self, supervisor: Supervisor) -> None:
        """Run a supervisor until the stop, again after each failure."""
        attempts = _Attempts()
        while not self._stop.is_set():
            attempts.begin()
            try:
                supervisor.run()
            except RecoveryError as error:
                if attempts.is_new(error):
                    log.error("%s", error)  # noqa: TRY400 - the message is complete, in one line
                self._pause(supervisor, _NEEDS_A_PERSON, PAUSE_SECONDS)
            except Exception as error:
                if not self._may_continue(supervisor):
                    self._end(error)
                    return
                if attempts.is_new(error):
                    log.exception("counting %s failed, the others count on", supervisor.source)
                self._pause(supervisor, _IS_TRIED_AGAIN, attempts.delay())

    def _may_continue(self, supervisor: Supervisor) -> bool:
        """Return whether another source is counted, which the end of this process would stop."""
        others = [other for other in self._supervisors if other is not supervisor]
        return any(other.is_counting for other in others) and is_alive(self._session)

    def _end(self, error: Exception) -> None:
        """End the process. A stop, too, may cause errors; then the first one counts."""
        self._failure = self._failure or error
        self._stop.set()

    def _pause(self, supervisor: Supervisor, problem: str, seconds: float) -> None:
        """Report a problem every second until ``seconds`` have passed."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and not self._stop.is_set():
            with suppress(redis.RedisError):
                supervisor.report_problem(problem)
            self._stop.wait(min(TICK_SECONDS, left))


class _Attempts:
    """The attempts of one supervisor: how long to wait before the next, and whether a failure is on record."""

    def __init__(self) -> None:
        self._began_at = 0.0
        self._failures = 0
        self._logged = ""

    def begin(self) -> None:
        """Note that an attempt begins."""
        self._began_at = monotonic()

    def is_new(self, error: Exception) -> bool:
        """Note that the attempt failed. Return whether the log does not have this error yet."""
        if monotonic() - self._began_at > CALM_SECONDS:
            self._failures, self._logged = 0, ""
        self._failures += 1
        before, self._logged = self._logged, str(error)
        return before != self._logged

    def delay(self) -> float:
        """Return the seconds until the next attempt."""
        return BACKOFF.delay(self._failures, random())  # noqa: S311 - jitter
