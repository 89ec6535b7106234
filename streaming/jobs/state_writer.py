"""Micro-batches -> counts -> Redis, in a thread of its own: meanwhile Spark reads the next batch.

This thread owns the counts. It flushes them every FLUSH_SECONDS (streaming.state.store), and only then the collector
may delete their posts. A batch that comes meanwhile has to wait. So most of a flush is done before and after it, bit by
bit, while no batch waits.
"""

import queue
import threading
from datetime import date
from time import monotonic

import pyarrow as pa

from streaming.aggregate.deltas import batch_of
from streaming.sink.publisher import RankingPublisher
from streaming.state.sqlite import Position
from streaming.state.store import CountsStore

FLUSH_SECONDS = 5.0
"""How long counts may be in memory alone."""

EARLY_SECONDS = 1.0
"""How long before a flush its counts begin to be written. The longer, the more of them change again."""

FIRST_BATCH_SECONDS = 30.0
"""How long an empty Redis waits for the first batch.

After a crash Redis may be ahead of the file. Wait for the first batch before rebuilding, so counts never step back.
"""

_POLL_SECONDS = 1.0
_CHECK_SECONDS = 5.0
_WAITING_BATCHES = 1


class StateWriter:
    """The owner of a store that has begun.

    ``counted`` is how far Redis has everything, ``durable`` how far the counts file has it. ``failure`` is the error
    that stopped the thread, if any.
    """

    def __init__(self, store: CountsStore, position: Position, publisher: RankingPublisher, stream_end: int) -> None:
        """Add batches to ``store``, which is at ``position`` of a stream that ends at ``stream_end``."""
        self._store = store
        self._publisher = publisher
        self._batches: queue.Queue[pa.Table] = queue.Queue(_WAITING_BATCHES)
        self._first_day = position.first_day
        # A run before this one may have left counts of closed days.
        self._deletes = True
        self._day_to_show: date | None = None
        self._flushed_at = monotonic()
        self._may_rebuild_from = monotonic() + FIRST_BATCH_SECONDS if position.offset < stream_end else 0.0
        self._checked_at = monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="counts", daemon=True)
        self.counted = position
        self.durable = position
        self.failure: Exception | None = None

    def start(self) -> None:
        """Start the thread. It rebuilds an incomplete Redis: with the first batch if posts wait, else at once."""
        self._thread.start()

    def submit(self, rows: pa.Table) -> None:
        """Queue the rows of a micro-batch (BATCH_SCHEMA); wait while another one is in the queue."""
        while not self._stop.is_set():
            try:
                self._batches.put(rows, timeout=_POLL_SECONDS)
                break
            except queue.Full:
                continue

    def retire_days_before(self, day: date) -> None:
        """Close the days before ``day``: their counts are written and may be deleted. Any thread may call it."""
        self._first_day = max(day, self._first_day)

    def show(self, day: date) -> None:
        """Make the board show at least ``day`` while no batch waits. Any thread may call it."""
        self._day_to_show = day

    def stop(self) -> None:
        """Stop after the current batch and a flush. Batches still in the queue are read again at the next start."""
        self._stop.set()
        self._thread.join()
        self._store.close()

    def _run(self) -> None:
        try:
            # With no counts yet, a mark in Redis may be that of an earlier stream.
            if self.counted.clock is None:
                self._rebuild()
            self._publisher.restore_pairs()
            self._check_redis()
            while not self._stop.is_set():
                self._step()
            # Without Redis, which may be ending too. The next start writes the pairs.
            self._store.flush()
        except Exception as error:  # noqa: BLE001 - the stream job raises it; a thread would only print it
            self.failure = error
            self._stop.set()

    def _step(self) -> None:
        if not self._batches.empty() or not self._use_pause():
            self._next_batch()
        if monotonic() - self._checked_at > _CHECK_SECONDS:
            self._check_redis()
        if self._store.is_full or monotonic() - self._flushed_at > FLUSH_SECONDS:
            self._flush()
        self._delete_closed_days()

    def _use_pause(self) -> bool:
        """Do a few milliseconds of the work of a flush before or after it; return False if there is none."""
        if self._publisher.write_some_pairs():
            return True
        return monotonic() - self._flushed_at > FLUSH_SECONDS - EARLY_SECONDS and self._store.write_some()

    def _next_batch(self) -> None:
        try:
            self._add(self._batches.get(timeout=_POLL_SECONDS))
        except queue.Empty:
            self._check_redis()
            if self._day_to_show:
                self._publisher.show(self._day_to_show)

    def _add(self, rows: pa.Table) -> None:
        batch = batch_of(rows)
        changed = self._store.add(batch)
        position = self._store.position
        if changed is None or position is None:
            return
        if not self._publisher.write(batch, changed, position.clock):
            self._rebuild()
        self.counted = position
        self._may_rebuild_from = 0.0

    def _check_redis(self) -> None:
        self._checked_at = monotonic()
        if monotonic() >= self._may_rebuild_from and self._publisher.must_rebuild(self.counted):
            self._rebuild()

    def _rebuild(self) -> None:
        # A rebuild reads the file, so the file must have everything.
        self._flush()
        self._publisher.rebuild()

    def _flush(self) -> None:
        # The pairs of the flush before, if there was no pause.
        while self._publisher.write_some_pairs():
            pass
        # Pairs go to Redis after each flush, not with each batch: a batch can change thousands of summaries.
        self._publisher.note_pairs(self._store.flush())
        self.durable = self._store.durable or self.durable
        self._flushed_at = monotonic()

    def _delete_closed_days(self) -> None:
        if self.counted.first_day < self._first_day:
            self._publisher.note_pairs(self._store.retire_days_before(self._first_day))
            # It also writes the last pairs of the closed days, before their counts are deleted.
            self._flush()
            self.counted = self.durable
            self._deletes = True
        self._deletes = self._deletes and self._store.delete_some()
