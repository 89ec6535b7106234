"""Micro-batches -> store -> Redis, in a thread of its own: while it works, Spark reads the next batch."""

import queue
import threading
from datetime import date
from time import monotonic

import pyarrow as pa

from streaming.batch import batch_of
from streaming.counts_file import Position
from streaming.counts_store import CountsStore
from streaming.rankings import RankingSink

KEEP_SECONDS = 5.0
"""How long what is counted may be in memory alone."""

FIRST_BATCH_SECONDS = 30.0
"""How long an empty Redis waits for a run's first batch.

A killed run may have shown more than the file has; with the first batch the board does not go back behind that.
"""

_LOOK_SECONDS = 1.0
_WAITING_BATCHES = 1


class Applier:
    """The owner of a store that has begun.

    ``counted`` is up to where Redis has everything, ``kept`` up to where the file of the store does; ``failure`` is
    what stopped it, if anything has.
    """

    def __init__(self, store: CountsStore, position: Position, sink: RankingSink, stream_end: int) -> None:
        """Add to ``store``, which stands at ``position`` of a stream to ``stream_end``; keep ``sink`` up with it."""
        self._store = store
        self._sink = sink
        self._batches: queue.Queue[pa.Table] = queue.Queue(_WAITING_BATCHES)
        self._first_day = position.first_day
        # What a run before this one did not come to remove.
        self._removing = True
        self._kept_at = monotonic()
        self._fills_from = monotonic() + FIRST_BATCH_SECONDS if position.offset < stream_end else 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="counts", daemon=True)
        self.counted = position
        self.kept = position
        self.failure: Exception | None = None

    def start(self) -> None:
        """Begin; a Redis that lacks something is filled, if posts wait to be counted then with the first of them."""
        self._thread.start()

    def take(self, rows: pa.Table) -> None:
        """Take over a micro-batch (streaming.batch); wait while another one waits."""
        while not self._stop.is_set():
            try:
                self._batches.put(rows, timeout=_LOOK_SECONDS)
                break
            except queue.Full:
                continue

    def end_days_before(self, day: date) -> None:
        """Let days before ``day`` go: they are done. May be called by any thread."""
        self._first_day = max(day, self._first_day)

    def stop(self) -> None:
        """Stop after the batch at hand. What was not applied comes again."""
        self._stop.set()
        self._thread.join()
        self._store.close()

    def _run(self) -> None:
        try:
            # Where nothing is counted yet, Redis may be marked by a stream that was given up.
            if self.counted.clock is None:
                self._fill()
            self._fill_what_is_lost()
            while not self._stop.is_set():
                self._step()
            self._keep()
        except Exception as error:  # noqa: BLE001 - whoever watches over counting raises it; a thread would print it
            self.failure = error
            self._stop.set()

    def _step(self) -> None:
        try:
            self._apply(self._batches.get(timeout=_LOOK_SECONDS))
        except queue.Empty:
            self._fill_what_is_lost()
        if self._store.is_full or monotonic() - self._kept_at > KEEP_SECONDS:
            self._keep()
        self._remove_what_is_done()

    def _apply(self, rows: pa.Table) -> None:
        changed = self._store.add(batch_of(rows))
        after = self._store.position
        if changed is None or after is None:
            return
        if not self._sink.write(changed, self.counted, after):
            self._fill()
        self.counted = after
        self._fills_from = 0.0

    def _fill_what_is_lost(self) -> None:
        if monotonic() >= self._fills_from and self._sink.is_lost(self.counted):
            self._fill()

    def _fill(self) -> None:
        # Redis is filled from the file.
        self._keep()
        self._sink.fill()

    def _keep(self) -> None:
        self._store.keep()
        self.kept = self._store.kept or self.kept
        self._kept_at = monotonic()

    def _remove_what_is_done(self) -> None:
        if self.counted.first_day < self._first_day:
            self._store.end_days_before(self._first_day)
            self._keep()
            self.counted = self.kept
            self._removing = True
        self._removing = self._removing and self._store.remove_some()
