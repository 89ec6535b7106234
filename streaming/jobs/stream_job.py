"""Counts one stream: its Spark query, its counts, and each day closed in turn.

A closed day is written in this order: the closed folder, the record of it, then its counts are deleted and the
collector may delete its posts. After a crash at any point the next start continues from what exists
(streaming.days.lifecycle).
"""

import json
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import partial
from time import monotonic
from types import TracebackType

import pyarrow as pa
import redis
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamReader

from contract.closed_day import closed_day_folder
from contract.files import counts_folder
from contract.socket_protocol import DaySpan, StreamStatus
from contract.status import BatchTimes, StreamingStatus
from streaming.cluster.executors import ExecutorWatch
from streaming.cluster.settings import checkpoint_uri
from streaming.config import StreamingConfig
from streaming.days.close import write_closed_day
from streaming.days.lifecycle import (
    day_to_show,
    days_to_write,
    first_open_day,
    pending_days,
    releasable_offset,
    start_offset,
    written_days,
)
from streaming.jobs.batch_reader import read_batch
from streaming.jobs.state_writer import StateWriter
from streaming.session import StartHelpers, scratch_folder, with_python
from streaming.sink.publisher import RankingPublisher
from streaming.sink.race_recorder import RaceRecorder
from streaming.sink.redis_view import RedisView
from streaming.source.collector import BYTES_PER_TASK, FORMAT, KAFKA_FORMAT
from streaming.state.errors import StoreError, before_beginning, beyond_end, damaged
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE, Position, checkpoint_wal
from streaming.state.store import CountsStore

log = logging.getLogger(__name__)

NEARLY_UP_TO_DATE_BYTES = 2**20
"""A lag of fewer bytes is none: the busiest stream that we measured brings as many in a second."""


STARTING_SECONDS = 60.0
"""How long a stream without posts keeps the helpers of other queries. If its first batch needs them, they come back."""


class StreamJob:
    """Counts one stream while it is entered. Call ``tick`` about once a second.

    ``releasable`` is the offset below which the collector may delete posts. ``recorded`` has the days that the
    collector may forget: they are written and on record, and the counts file takes no more posts of them.
    """

    def __init__(
        self,
        session: SparkSession,
        helpers: StartHelpers,
        config: StreamingConfig,
        client: redis.Redis,
        stream: StreamStatus,
    ) -> None:
        """Count ``stream``."""
        self._session = session
        self._config = config
        self._stream = stream
        self._path = counts_folder(config.data_dir, stream.source) / COUNTS_FILE
        self._view = RedisView(client, stream.source)
        self._recorder = RaceRecorder(self._view, config.data_dir, stream.source)
        self._publisher = RankingPublisher(self._view, partial(Snapshot, self._path), self._recorder)
        self._helpers = helpers
        self._are_helpers_ended = False
        self._began_at = monotonic()
        self._closer = ThreadPoolExecutor(1, "closer")
        self._closing: Future[None] | None = None
        self._pending: dict[date, DaySpan] = {}
        self._lag = LagMonitor(datetime.now(UTC))
        self._batch_times = BatchTimes()
        self._ending = threading.Event()
        self._executors = ExecutorWatch(session) if config.cluster else None
        self.releasable: int | None = None
        self.recorded: set[date] = set()

    def __enter__(self) -> "StreamJob":
        """Start the query.

        Raises:
            RecoveryError: counting cannot continue until an operator acts.
        """
        with ExitStack() as undo:
            undo.callback(self._closer.shutdown)
            try:
                store = CountsStore(self._path)
            except StoreError as error:
                raise damaged(self._path, error) from error
            undo.callback(store.close)
            position = self._begin(store)
            self._check_log(position.offset)
            log.info("counting %s from offset %d", self._stream.source, position.offset)
            if day := self._latest_day():
                self._view.show(day, position.clock)
            self._writer = StateWriter(store, position, self._publisher, self._stream.end_offset)
            undo.callback(self._helpers.release, self)
            self._helpers.hold(self)
            self._query = start_query(
                self._session, self._config, position.offset, self._writer.submit, self._ending, self._batch_times
            )
            undo.pop_all()
        self._writer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        with ExitStack() as ending:
            # In this order, from the bottom up. Each happens even if Spark fails to stop the query.
            ending.callback(self._closer.shutdown)
            ending.callback(self._writer.stop)
            ending.callback(self._helpers.release, self)
            ending.callback(self._query.stop)

    def tick(self, stream: StreamStatus | None) -> None:
        """Report, close days and raise failures; ``stream`` is None while the collector is away.

        Raises:
            RecoveryError: counting cannot continue until an operator acts.
            Exception: the query or the state writer failed.
        """
        try:
            self._tick(stream)
        except StoreError as error:
            raise damaged(self._path, error) from error

    def _tick(self, stream: StreamStatus | None) -> None:
        self._raise_failure()
        durable = self._writer.durable
        self._stream = stream or self._stream
        self._view.report(self._status(self._writer.counted.offset))
        checkpoint_wal(self._path)
        self._end_start_helpers()
        if stream:
            self._check_log(durable.offset)
            written = self._written_days()
            self._pending = pending_days(stream, written, durable.first_day)
            self._close(days_to_write(self._pending, durable.offset))
            self._writer.retire_days_before(first_open_day(stream, written))
            day = day_to_show(stream)
            if day and self._writer.counted.offset == stream.end_offset:
                self._writer.show(day)
            self.releasable = releasable_offset(self._pending, durable.offset)
            self.recorded = {day for day in written if day < durable.first_day}

    def _begin(self, store: CountsStore) -> Position:
        """Return the position of a store; a new one starts with the first day that is not written."""
        if store.position is None:
            written = self._written_days()
            pending = pending_days(self._stream, written)
            return store.begin(start_offset(pending, self._stream), first_open_day(self._stream, written))
        return store.position

    def _latest_day(self) -> date | None:
        """Return the latest day with counts in Redis or in the file, else the first day of the stream."""
        with Snapshot(self._path) as snapshot:
            counted = [*self._view.counted_days(self._stream.days), *snapshot.days()]
        return max(counted, default=min(self._stream.days, default=None))

    def _written_days(self) -> set[date]:
        return written_days(self._config.data_dir, self._stream.source, self._stream.days)

    def _close(self, days: list[date]) -> None:
        """Write the first of some days in another thread, unless it is still writing one."""
        if self._closing is not None and self._closing.done():
            self._closing.result()
            self._closing = None
        if days and self._closing is None:
            self._closing = self._closer.submit(self._write_closed, days[0])

    def _write_closed(self, day: date) -> None:
        with Snapshot(self._path) as snapshot:
            write_closed_day(snapshot, day, closed_day_folder(self._config.data_dir, self._stream.source, day))
        log.info("closed %s of %s", day, self._stream.source)

    def _check_log(self, counted: int) -> None:
        """Check that the log has the posts to continue with. Waiting for missing ones would never end.

        Raises:
            RecoveryError: it does not have them.
        """
        if counted > self._stream.end_offset:
            raise beyond_end(self._path, counted, self._stream.end_offset, self._config.log_topic)
        if counted < self._stream.first_offset:
            raise before_beginning(self._path, counted, self._stream.first_offset, self._config.log_topic)

    def _end_start_helpers(self) -> None:
        """Free the memory of the processes that started the query, once its first batch is done."""
        progress = self._query.lastProgress
        # Spark reports progress without posts too, for a first batch that it has not planned yet.
        is_started = progress is not None and progress.batchId > 0
        if is_started or monotonic() - self._began_at > STARTING_SECONDS:
            self._helpers.release(self)
        if is_started and not self._are_helpers_ended:
            self._are_helpers_ended = self._helpers.end_idle()

    def _raise_failure(self) -> None:
        if self._writer.failure:
            raise self._writer.failure
        if not self._query.isActive:
            raise self._query.exception() or RuntimeError("the query ended")

    def _status(self, counted: int) -> StreamingStatus:
        progress, now = self._query.lastProgress, datetime.now(UTC)
        self._lag.observe(counted, self._stream.end_offset, now)
        return StreamingStatus(
            source=self._stream.source,
            day=min(self._pending, default=None),
            counted_offset=counted,
            behind_bytes=self._stream.end_offset - counted,
            batch=progress.batchId if progress else -1,
            batch_seconds=_batch_seconds(progress.durationMs) if progress else 0.0,
            rebuilds=self._publisher.rebuilds,
            updated_at=now,
            race_failures=self._recorder.failures,
            advanced_at=self._lag.advanced_at,
            caught_up_at=self._lag.caught_up_at,
            problem=self._executors.problem(counted < self._stream.end_offset) if self._executors else "",
            batch_times=self._batch_times,
        )


class LagMonitor:
    """Remembers when counting last advanced, and when it was last up to date.

    ``advanced_at`` is when it last advanced or had nothing to count, ``caught_up_at`` when it last had almost no lag.
    """

    def __init__(self, now: datetime) -> None:
        """Start at ``now``: posts that wait already are not late yet."""
        self._counted = -1
        self.advanced_at = now
        self.caught_up_at = now

    def observe(self, counted: int, end: int, now: datetime) -> None:
        """Note that at ``now`` counting is at offset ``counted`` of a stream that ends at ``end``."""
        if counted != self._counted or counted >= end:
            self.advanced_at = now
        if end - counted <= NEARLY_UP_TO_DATE_BYTES:
            self.caught_up_at = now
        self._counted = counted


class BatchError(RuntimeError):
    """A batch failed. The message is short: Spark matches it with a pattern that recurses at each letter."""


def start_query(  # noqa: PLR0913, PLR0917 - what one query needs
    session: SparkSession,
    config: StreamingConfig,
    start: int,
    submit: Callable[[pa.Table], None],
    ending: threading.Event,
    times: BatchTimes | None = None,
) -> StreamingQuery:
    """Start the query at offset ``start``; ``submit`` gets the rows (BATCH_SCHEMA) of one micro-batch after the other.

    ``times`` gets the duration of each batch, until its rows are submitted.

    Set ``ending`` before you stop the query. A batch that the stop interrupts is then not a failure.

    The counts file has the offset to continue from. Spark's own checkpoint is for this run only, so it lies in a new
    folder. Those of earlier runs of this query are deleted.
    """
    scratch = scratch_folder(config.data_dir)
    scratch.mkdir(parents=True, exist_ok=True)
    host, port = config.collector_address
    prefix = f"query-{port}-"
    for earlier in scratch.glob(f"{prefix}*"):
        shutil.rmtree(earlier, ignore_errors=True)
    loaded = with_python(session, _posts_from(session, config, start).load)
    return (
        loaded.writeStream.queryName(f"posts of {host}:{port}")
        .option("checkpointLocation", checkpoint_uri(tempfile.mkdtemp(prefix=prefix, dir=scratch)))
        .foreachBatch(lambda rows, _: _submit(rows, submit, ending, times or BatchTimes()))
        .start()
    )


def _posts_from(session: SparkSession, config: StreamingConfig, start: int) -> DataStreamReader:
    """Return what reads a stream from an offset on: from its collector's socket, or from Kafka."""
    host, port = config.collector_address
    topic = config.log_topic
    reader = session.readStream.format(FORMAT if topic is None else KAFKA_FORMAT).options(
        host=host,
        port=port,
        secret=config.collector_secret,
        start=start,
        max_bytes=config.max_batch_bytes,
        cores=_most_tasks(session, config),
    )
    if topic is None:
        return reader
    secret = json.dumps(topic.properties)
    return reader.options(brokers=topic.brokers, topic=topic.name, connection_secret=secret)


def _most_tasks(session: SparkSession, config: StreamingConfig) -> int:
    """Return how many tasks may read a batch: as many as cores here. Executors come and go: there its size decides."""
    return config.max_batch_bytes // BYTES_PER_TASK if config.cluster else session.sparkContext.defaultParallelism


def _submit(rows: DataFrame, submit: Callable[[pa.Table], None], ending: threading.Event, times: BatchTimes) -> None:
    began = monotonic()
    try:
        table = read_batch(rows, ending)
        if table is not None:
            submit(table)
            times.add(monotonic() - began)
    except Exception as error:
        if ending.is_set():
            return  # it was not submitted, so the next start reads it again
        log.exception("a batch failed")
        raise BatchError(next(iter(str(error).splitlines()), type(error).__name__)) from None


def _batch_seconds(spent: Mapping[str, int]) -> float:
    """Return the duration of a batch from Spark's figures in ms, without the time that it waited for posts."""
    return (spent["triggerExecution"] - spent.get("latestOffset", 0)) / 1000
