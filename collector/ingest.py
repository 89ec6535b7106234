"""Source -> admission -> spool: the collector's one writing thread."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from collector.acceptance import Tracked
from collector.admission import Admission
from collector.duplicates import duplicates_of
from collector.jitter import jittered
from collector.progress import Progress
from collector.sources.source import Batch, Source, SourceState
from collector.spool import Spool

COMMIT_SECONDS = 0.04
COMMIT_BYTES = 4 * 1024 * 1024
_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 15.0

log = logging.getLogger(__name__)


class Ingest:
    """Takes a source's posts into the spool, from where the spool ends."""

    def __init__(
        self,
        source: Source,
        spool: Spool,
        day_grace: timedelta,
        tracked: Callable[[], Tracked],
        on_commit: Callable[[], object],
    ) -> None:
        """Prepare. ``tracked`` is asked at each batch; ``on_commit`` is called after each commit."""
        self._source = source
        self._spool = spool
        self._tracked = tracked
        self._on_commit = on_commit
        self._blocked = ""
        committed = spool.committed
        # Only a source that repeats itself gives the posts again that follow the cursor.
        self._skip = committed.skip if source.repeats else 0
        self._progress = Progress(committed.cursor)
        self._admission = Admission(committed.clock, day_grace, already_decided=self._skip)
        self._decided_after_cursor = self._skip
        self._duplicates = duplicates_of(spool)

    @property
    def state(self) -> SourceState:
        """How collecting is: the source's state, unless the disk is in the way."""
        blocked = self._blocked
        return SourceState("blocked", blocked) if blocked else self._source.state

    def run(self, stop: threading.Event) -> None:
        """Take batches until ``stop`` is set; everything decided by then is committed."""
        last_commit = monotonic()
        for batch in self._source.batches(self._progress.cursor, stop):
            self.take(batch)
            if monotonic() - last_commit >= COMMIT_SECONDS or self._spool.pending_bytes >= COMMIT_BYTES:
                self.commit(stop)
                last_commit = monotonic()
            if stop.is_set():
                break
        self.commit(stop)

    def take(self, batch: Batch) -> None:
        """Decide about a batch's posts and append the admitted ones."""
        self._progress.read(batch)
        posts = batch.posts[self._skip :]
        self._skip = max(0, self._skip - len(batch.posts))
        tracked = self._tracked()
        decisions = [self._admission.admit(posts, tracked, batch.now)]
        if batch.final:
            decisions.append(self._admission.finish(tracked))
        self._decided_after_cursor, dropped_by_source = self._progress.decide(self._admission.decided)
        self._spool.append([], dropped_by_source)
        for admitted in decisions:
            posts = self._duplicates.without_duplicates(admitted.posts)
            if duplicates := len(admitted.posts) - len(posts):
                admitted.dropped["duplicate"] = duplicates
            self._spool.append(posts, admitted.dropped)

    def commit(self, stop: threading.Event) -> None:
        """Commit; while the disk refuses, keep everything, say so, and try again until ``stop`` is set."""
        wait = _FIRST_RETRY_SECONDS
        while not self._committed():
            if stop.wait(jittered(wait)):
                return
            wait = min(wait * 2, _LAST_RETRY_SECONDS)

    def _committed(self) -> bool:
        before = self._spool.committed
        try:
            self._spool.commit(
                self._progress.cursor,
                self._decided_after_cursor,
                self._admission.clock,
                self._admission.open_from.date(),
            )
        except OSError as error:
            if not self._blocked:
                log.warning("the spool cannot be written (%s): collecting waits until it can", error.strerror)
            self._blocked = f"the spool cannot be written: {error.strerror}"
            return False
        if self._blocked:
            log.info("the spool can be written again")
            self._blocked = ""
        if self._spool.committed is not before:
            self._on_commit()
        return True
