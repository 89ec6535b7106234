"""The roll: one query after the other, day by day, for ever.

A day is done when its closed folder stands under DATA_DIR. The order is: the folder, then the
next day's query, then the release of what the collector keeps and the removal of the old
checkpoint. Killed anywhere in it, the next start goes on from what stands.
"""

import logging
import shutil
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import redis
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from contract.closed_day import closed_day_folder, closed_days
from contract.socket_protocol import StreamStatus
from contract.status import StreamingStatus
from streaming.checkpoint import committed_batch, committed_offset
from streaming.collector_client import CollectorClient, CollectorUnreachableError
from streaming.config import Config
from streaming.days import QueryPlan, needed_from, next_plan
from streaming.query import read_largest, start_query, write_closed_day
from streaming.rankings import RankingSink
from streaming.redis_view import RedisView

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class QueryFailedError(RuntimeError):
    """A query ended by itself. The process ends with it; its restart goes on from the checkpoint."""


@dataclass(frozen=True)
class Counting:
    """A running query and what belongs to it."""

    source: str
    plan: QueryPlan
    checkpoint: Path
    query: StreamingQuery
    view: RedisView
    sink: RankingSink


class Roll:
    """Runs the query of the earliest day that is not done, until it is."""

    def __init__(
        self,
        session: SparkSession,
        config: Config,
        collector: CollectorClient,
        client: redis.Redis,
        stop: threading.Event,
    ) -> None:
        """Roll until ``stop`` is set."""
        self._session = session
        self._config = config
        self._collector = collector
        self._redis = client
        self._stop = stop

    def run(self) -> None:
        """Count every day the stream has, one query at a time.

        Raises:
            QueryFailedError: a query ended by itself.
        """
        while not self._stop.is_set():
            stream = self._stream()
            plan = next_plan(stream.days, self._done(stream.source)) if stream else None
            if stream and plan:
                self._count(stream, plan)
            else:
                if stream:
                    RedisView(self._redis, stream.source).report(_idle_status(stream))
                self._stop.wait(TICK_SECONDS)

    def _stream(self, release: int | None = None) -> StreamStatus | None:
        """Return where the stream stands, None while the collector is away; ``release`` what is not needed."""
        try:
            return self._collector.status() if release is None else self._collector.release(release)
        except CollectorUnreachableError as error:
            log.warning("waiting: %s", error)
            return None

    def _done(self, source: str) -> set[date]:
        return {day for name, day, _ in closed_days(self._config.data_dir) if name == source}

    def _count(self, stream: StreamStatus, plan: QueryPlan) -> None:
        source = stream.source
        checkpoint = self._config.data_dir / "checkpoints" / source / plan.day.isoformat()
        self._remove_earlier(checkpoint)
        view = RedisView(self._redis, source)
        if view.shown_day() is None:
            view.show(max([plan.day, *view.counted_days(stream.days)]))
        sink = RankingSink(view, plan.day, partial(read_largest, self._session, checkpoint), lambda: datetime.now(UTC))
        log.info("counting %s of %s from offset %d", plan.day, source, plan.start)
        query = start_query(self._session, self._config, plan, checkpoint, sink.write_batch)
        try:
            closed = self._watch(Counting(source, plan, checkpoint, query, view, sink), stream)
        finally:
            query.stop()
        batch = committed_batch(checkpoint)
        if closed and batch is not None:
            folder = closed_day_folder(self._config.data_dir, source, plan.day)
            write_closed_day(self._session, checkpoint, batch, plan.day, folder)
            log.info("closed %s of %s", plan.day, source)

    def _watch(self, counting: Counting, stream: StreamStatus) -> bool:
        """Follow a query until its day is counted to the end (True), or another one must run (False)."""
        plan = counting.plan
        while not self._stop.wait(TICK_SECONDS):
            if not counting.query.isActive:
                raise QueryFailedError(f"the query of {plan.day} ended: {counting.query.exception()}")
            counting.sink.rebuild_if_lost(partial(committed_batch, counting.checkpoint))
            committed = committed_offset(counting.checkpoint)
            answer = self._stream()
            stream = answer or stream
            counting.view.report(_status(counting, stream, committed))
            if answer is None:
                continue
            following = next_plan(stream.days, self._done(stream.source))
            if stream.source != counting.source or (following and following.day != plan.day):
                return False
            if committed is not None and following and following.until is not None and committed >= following.until:
                return True
            self._stream(release=needed_from(stream.days, plan, committed))
        return False

    def _remove_earlier(self, kept: Path) -> None:
        """Remove what earlier days of the same source left: their queries never run again."""
        for checkpoint in kept.parent.glob("*"):
            if checkpoint.name < kept.name:
                shutil.rmtree(checkpoint)


def _idle_status(stream: StreamStatus) -> StreamingStatus:
    return StreamingStatus(stream.source, None, stream.end_offset, 0, -1, 0.0, 0, datetime.now(UTC))


def _status(counting: Counting, stream: StreamStatus, committed: int | None) -> StreamingStatus:
    counted = counting.plan.start if committed is None else committed
    progress = counting.query.lastProgress
    return StreamingStatus(
        source=counting.source,
        day=counting.plan.day,
        counted_offset=counted,
        behind_bytes=stream.end_offset - counted,
        batch=progress.batchId if progress else -1,
        batch_seconds=progress.batchDuration / 1000 if progress else 0.0,
        rebuilds=counting.sink.rebuilds,
        updated_at=datetime.now(UTC),
    )
