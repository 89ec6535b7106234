"""Counting whatever source the collector serves, one after the other, and telling how it goes."""

import logging
import threading
from datetime import UTC, datetime

import redis
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from contract.socket_protocol import StreamStatus
from contract.status import StreamingStatus
from streaming.collector_client import CollectorClient, CollectorUnreachableError
from streaming.config import Config
from streaming.redis_view import RedisView
from streaming.source_counting import SourceCounting

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class QueryFailedError(RuntimeError):
    """Spark failed. The process ends with it; its restart goes on from the store."""


class Counting:
    """Asks the collector every second where its stream stands, and counts it."""

    def __init__(
        self,
        session: SparkSession,
        config: Config,
        collector: CollectorClient,
        client: redis.Redis,
        stop: threading.Event,
    ) -> None:
        """Count until ``stop`` is set."""
        self._session = session
        self._config = config
        self._collector = collector
        self._redis = client
        self._stop = stop

    def run(self) -> None:
        """Count, one source after the other.

        Raises:
            QueryFailedError: Spark failed.
            RecoveryError: what is kept cannot be gone on from.
        """
        while not self._stop.is_set():
            stream = self._stream()
            if stream and stream.days:
                try:
                    self._count(stream)
                except (PySparkException, Py4JError) as error:
                    raise QueryFailedError(f"counting {stream.source} failed: {error}") from error
            else:
                if stream:
                    RedisView(self._redis, stream.source).report(_idle_status(stream))
                self._stop.wait(TICK_SECONDS)

    def _count(self, stream: StreamStatus) -> None:
        """Count a source until another one is served."""
        with SourceCounting(self._session, self._config, self._redis, stream) as counting:
            while not self._stop.wait(TICK_SECONDS):
                answer = self._stream(counting.releasable)
                if answer and answer.source != stream.source:
                    return
                counting.tick(answer)

    def _stream(self, release: int | None = None) -> StreamStatus | None:
        """Return where the stream stands, None while the collector is away; ``release`` what is not needed."""
        try:
            return self._collector.status() if release is None else self._collector.release(release)
        except CollectorUnreachableError as error:
            log.warning("waiting: %s", error)
            return None


def _idle_status(stream: StreamStatus) -> StreamingStatus:
    return StreamingStatus(stream.source, None, stream.end_offset, 0, -1, 0.0, 0, datetime.now(UTC))
