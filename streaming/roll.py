"""The roll: one query after the other, day by day, for ever.

A day is done when its closed folder stands under DATA_DIR (streaming.done_days). The order is: the folder, then the
next day's query, then the release of what the collector keeps and the removal of the old
checkpoint. Killed anywhere in it, the next start goes on from what stands.
"""

import logging
import shutil
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import redis
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from contract.closed_day import closed_day_folder
from contract.data_folders import checkpoints_folder
from contract.socket_protocol import StreamStatus
from contract.status import StreamingStatus
from streaming.checkpoint import (
    before_beginning,
    beyond_end,
    committed_batch,
    committed_offset,
    damage_in,
    damaged,
)
from streaming.collector_client import CollectorClient, CollectorUnreachableError
from streaming.config import Config
from streaming.days import QueryPlan, needed_from, next_plan, resumes_at
from streaming.done_days import done_days
from streaming.query import read_largest, start_query, write_closed_day
from streaming.race_recorder import RaceRecorder
from streaming.rankings import RankingSink
from streaming.redis_view import RedisView

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class QueryFailedError(RuntimeError):
    """Spark failed. The process ends with it; its restart goes on from the checkpoint."""


@dataclass(frozen=True)
class Counting:
    """A running query and what belongs to it."""

    source: str
    plan: QueryPlan
    checkpoint: Path
    query: StreamingQuery
    view: RedisView
    sink: RankingSink
    recorder: RaceRecorder


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
            QueryFailedError: Spark failed.
            CheckpointError: a checkpoint cannot be gone on from.
        """
        while not self._stop.is_set():
            stream = self._stream()
            plan = next_plan(stream, done_days(self._config.data_dir, stream.source, stream.days)) if stream else None
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

    def _count(self, stream: StreamStatus, plan: QueryPlan) -> None:
        checkpoint = checkpoints_folder(self._config.data_dir, stream.source) / plan.day.isoformat()
        _check_posts_are_kept(stream, plan, checkpoint, committed_offset(checkpoint))
        self._remove_earlier(checkpoint)
        log.info("counting %s of %s from offset %d", plan.day, stream.source, plan.start)
        try:
            self._count_and_close(stream, plan, checkpoint)
        except (PySparkException, Py4JError) as error:
            if damage := damage_in(error):
                raise damaged(checkpoint, damage) from error
            raise QueryFailedError(f"counting {plan.day} of {stream.source} failed: {error}") from error

    def _count_and_close(self, stream: StreamStatus, plan: QueryPlan, checkpoint: Path) -> None:
        source = stream.source
        view = RedisView(self._redis, source)
        if view.shown() is None:
            view.show(max([plan.day, *view.counted_days(stream.days)]))
        recorder = RaceRecorder(view, self._config.data_dir, source)
        read_state = partial(read_largest, self._session, checkpoint)
        sink = RankingSink(view, plan.day, read_state, lambda: datetime.now(UTC), recorder.record)
        query = start_query(self._session, self._config, plan, checkpoint, sink.write_batch)
        try:
            closed = self._watch(Counting(source, plan, checkpoint, query, view, sink, recorder), stream)
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
                raise counting.query.exception() or QueryFailedError(f"the query of {plan.day} ended")
            counting.sink.rebuild_if_lost(partial(committed_batch, counting.checkpoint))
            committed = committed_offset(counting.checkpoint)
            answer = self._stream()
            stream = answer or stream
            counting.view.report(_status(counting, stream, committed))
            if answer is None:
                continue
            following = next_plan(stream, done_days(self._config.data_dir, stream.source, stream.days))
            if stream.source != counting.source or (following and following.day != plan.day):
                return False
            _check_posts_are_kept(stream, plan, counting.checkpoint, committed)
            if committed is not None and following and following.until is not None and committed >= following.until:
                return True
            self._stream(release=needed_from(stream.days, plan, committed))
        return False

    def _remove_earlier(self, kept: Path) -> None:
        """Remove what earlier days of the same source left: their queries never run again."""
        for checkpoint in kept.parent.glob("*"):
            if checkpoint.is_dir() and checkpoint.name < kept.name:
                shutil.rmtree(checkpoint)


def _check_posts_are_kept(stream: StreamStatus, plan: QueryPlan, checkpoint: Path, committed: int | None) -> None:
    """Make sure that the stream has what the query goes on with: waiting for it would be for ever.

    Raises:
        CheckpointError: it has not.
    """
    needed = resumes_at(plan, committed)
    if needed > stream.end_offset:
        raise beyond_end(checkpoint, needed, stream.end_offset)
    if needed < stream.first_offset:
        raise before_beginning(checkpoint, needed, stream.first_offset)


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
        race_failures=counting.recorder.failures,
    )
