"""Counting one source: its query, its store, and each of its days closed in its turn.

A day is done when its closed folder stands under DATA_DIR (streaming.done_days). The order is: the folder, the record
of it, then the removal of its counts and the release of what the collector keeps. Killed anywhere in it, the next
start goes on from what stands.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from types import TracebackType

import redis
from pyspark.sql import SparkSession

from contract.closed_day import closed_day_folder
from contract.data_folders import counts_folder
from contract.socket_protocol import DaySpan, StreamStatus
from contract.status import StreamingStatus
from streaming.applier import Applier
from streaming.closing import write_closed_day
from streaming.config import Config
from streaming.counts_file import STORE, Position, StoreError, fold_log
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import CountsStore
from streaming.days import begins_at, counted_to_the_end, first_open_day, releasable, waiting_days
from streaming.done_days import done_days
from streaming.query import start_query
from streaming.race_recorder import RaceRecorder
from streaming.rankings import RankingSink
from streaming.recovery import before_beginning, beyond_end, damaged
from streaming.redis_view import RedisView
from streaming.session import scratch_folder
from streaming.start_helpers import StartHelpers

log = logging.getLogger(__name__)


class SourceCounting:
    """Counts one source for as long as it is entered; ``tick`` looks after it.

    ``releasable`` is the offset below which the collector need keep nothing.
    """

    def __init__(self, session: SparkSession, config: Config, client: redis.Redis, stream: StreamStatus) -> None:
        """Count what ``stream`` tells of."""
        self._session = session
        self._config = config
        self._stream = stream
        self._path = counts_folder(config.data_dir, stream.source) / STORE
        self._view = RedisView(client, stream.source)
        self._recorder = RaceRecorder(self._view, config.data_dir, stream.source)
        now = partial(datetime.now, UTC)
        self._sink = RankingSink(self._view, partial(Snapshot, self._path), now, self._recorder.record)
        self._start_helpers = StartHelpers(session)
        self._closer = ThreadPoolExecutor(1, "closer")
        self._closing: Future[None] | None = None
        self._waiting: dict[date, DaySpan] = {}
        self.releasable: int | None = None

    def __enter__(self) -> "SourceCounting":
        """Begin.

        Raises:
            RecoveryError: what is kept cannot be gone on from.
        """
        try:
            store = CountsStore(self._path)
        except StoreError as error:
            raise damaged(self._path, error) from error
        position = self._begin(store)
        self._check_posts_are_kept(position.offset)
        log.info("counting %s from offset %d", self._stream.source, position.offset)
        if self._view.shown() is None:
            self._view.show(self._latest_day())
        self._applier = Applier(store, position, self._sink, self._stream.end_offset)
        scratch = scratch_folder(self._config.data_dir)
        self._query = start_query(self._session, self._config, position.offset, scratch, self._applier.take)
        self._applier.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._query.stop()
        self._applier.stop()
        self._closer.shutdown()

    def tick(self, stream: StreamStatus | None) -> None:
        """Look after everything, once a second or so; ``stream`` is None while the collector is away.

        Raises:
            RecoveryError: what is kept cannot be gone on from.
            Exception: whatever stopped counting.
        """
        try:
            self._look_after(stream)
        except StoreError as error:
            raise damaged(self._path, error) from error

    def _look_after(self, stream: StreamStatus | None) -> None:
        self._raise_failure()
        kept = self._applier.kept
        self._stream = stream or self._stream
        self._view.report(self._status(self._applier.counted.offset))
        fold_log(self._path)
        self._end_start_helpers()
        if stream:
            self._check_posts_are_kept(kept.offset)
            done = self._done()
            self._waiting = waiting_days(stream, done, kept.first_day)
            self._close(counted_to_the_end(self._waiting, kept.offset))
            self._applier.end_days_before(first_open_day(stream, done))
            self.releasable = releasable(self._waiting, kept.offset)

    def _begin(self, store: CountsStore) -> Position:
        """Return where a store stands; a new one begins with the first day that is not done."""
        if store.position is None:
            done = self._done()
            waiting = waiting_days(self._stream, done)
            return store.begin(begins_at(waiting, self._stream), first_open_day(self._stream, done))
        return store.position

    def _latest_day(self) -> date:
        """Return the latest day that is counted, in Redis or in the file; the first of the stream where none is."""
        with Snapshot(self._path) as snapshot:
            counted = [*self._view.counted_days(self._stream.days), *snapshot.days()]
        return max(counted, default=min(self._stream.days))

    def _done(self) -> set[date]:
        return done_days(self._config.data_dir, self._stream.source, self._stream.days)

    def _close(self, days: list[date]) -> None:
        """Write the first of some days in a thread of its own, unless one is being written."""
        if self._closing is not None and self._closing.done():
            self._closing.result()
            self._closing = None
        if days and self._closing is None:
            self._closing = self._closer.submit(self._write_closed, days[0])

    def _write_closed(self, day: date) -> None:
        with Snapshot(self._path) as snapshot:
            write_closed_day(snapshot, day, closed_day_folder(self._config.data_dir, self._stream.source, day))
        log.info("closed %s of %s", day, self._stream.source)

    def _check_posts_are_kept(self, counted: int) -> None:
        """Make sure that the stream has what counting goes on with: waiting for it would be for ever.

        Raises:
            RecoveryError: it has not.
        """
        if counted > self._stream.end_offset:
            raise beyond_end(self._path, counted, self._stream.end_offset)
        if counted < self._stream.first_offset:
            raise before_beginning(self._path, counted, self._stream.first_offset)

    def _end_start_helpers(self) -> None:
        """Give back the memory of what started the query, once its first batch is done."""
        progress = self._query.lastProgress
        # Without posts there is progress too, of a first batch that is still to be planned.
        if progress and progress.batchId > 0 and not self._start_helpers.are_ended:
            self._start_helpers.end_idle()

    def _raise_failure(self) -> None:
        if self._applier.failure:
            raise self._applier.failure
        if not self._query.isActive:
            raise self._query.exception() or RuntimeError("the query ended")

    def _status(self, counted: int) -> StreamingStatus:
        progress = self._query.lastProgress
        return StreamingStatus(
            source=self._stream.source,
            day=min(self._waiting, default=None),
            counted_offset=counted,
            behind_bytes=self._stream.end_offset - counted,
            batch=progress.batchId if progress else -1,
            batch_seconds=_batch_seconds(progress.durationMs) if progress else 0.0,
            rebuilds=self._sink.rebuilds,
            updated_at=datetime.now(UTC),
            race_failures=self._recorder.failures,
        )


def _batch_seconds(spent: Mapping[str, int]) -> float:
    """Return how long a batch took of what Spark says of it in ms: finding its end is mostly waiting for posts."""
    return (spent["triggerExecution"] - spent.get("latestOffset", 0)) / 1000
