"""Ingest: source -> event time -> filters -> log. The collector's only writing thread."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import random
from time import monotonic

from collector.intake.event_time import Admitted, LiveClock, RecordedClock
from collector.intake.filters import Tracked, read_duplicates
from collector.log import Log
from collector.sources import Cursor, PostBatch, PostSource, SourceState
from contract.backoff import Backoff
from contract.gap import Gap
from contract.post import Post

COMMIT_SECONDS = 0.04
COMMIT_BYTES = 4 * 1024 * 1024
CLOSED_UNCONNECTED = "the day closed before the connection was back"
_BACKOFF = Backoff(first=0.5, longest=15.0)

log = logging.getLogger(__name__)


class Ingest:
    """Moves posts from a source to the log, starting where the log ends."""

    def __init__(
        self,
        source: PostSource,
        stream: Log,
        day_grace: timedelta,
        tracked: Callable[[], Tracked],
        on_commit: Callable[[], object],
    ) -> None:
        """Prepare. Each batch calls ``tracked``, each commit calls ``on_commit``."""
        self.before_commit: Callable[[], object] = lambda: None
        """Makes durable what the posts need besides the log. It may raise OSError, as the log does."""
        self._source = source
        self._log = stream
        self._tracked = tracked
        self._on_commit = on_commit
        self._blocked = ""
        committed = stream.committed
        # Only a source that repeats itself yields the posts after the cursor again.
        self._skip = committed.skip if source.repeats else 0
        self._progress = Progress(committed.cursor)
        self._clock: RecordedClock | LiveClock = (
            LiveClock(committed.clock, day_grace, monotonic())
            if source.is_live
            else RecordedClock(committed.clock, day_grace, already_decided=self._skip)
        )
        self._decided_after_cursor = self._skip
        self._duplicates = read_duplicates(stream)

    @property
    def state(self) -> SourceState:
        """The source's state; ``blocked`` while the disk refuses."""
        blocked, state = self._blocked, self._source.state
        return replace(state, state="blocked", detail=blocked) if blocked else state

    def clock_problem(self, now: datetime, restart: str) -> str:
        """Explain how a live stream's clock differs from the machine's time ``now``; empty if it does not."""
        clock = self._clock
        return clock.clock_problem(now, monotonic(), restart) if isinstance(clock, LiveClock) else ""

    def run(self, stop: threading.Event) -> None:
        """Process batches until ``stop`` is set. Then everything decided is committed."""
        last_commit = monotonic()
        for batch in self._source.batches(self._progress.cursor, stop):
            self.process(batch)
            if monotonic() - last_commit >= COMMIT_SECONDS or self._log.pending_bytes >= COMMIT_BYTES:
                self.commit(stop)
                last_commit = monotonic()
            if stop.is_set():
                break
        self.commit(stop)

    def process(self, batch: PostBatch) -> None:
        """Decide about a batch's posts and append the admitted ones to the log."""
        self._progress.add(batch)
        posts = batch.posts[self._skip :]
        self._skip = max(0, self._skip - len(batch.posts))
        clock, open_from = self._clock.clock, self._clock.open_from
        decisions = self._decide(batch, posts)
        self._decided_after_cursor, passed = self._progress.advance(self._clock.decided)
        self._log.append([], passed.dropped, [*passed.gaps, *self._missed(clock, open_from)])
        for admitted in decisions:
            posts = self._duplicates.without_duplicates(admitted.posts)
            if duplicates := len(admitted.posts) - len(posts):
                admitted.dropped["duplicate"] = duplicates
            self._log.append(posts, admitted.dropped)

    def _missed(self, clock: datetime | None, open_from: datetime) -> list[Gap]:
        """Return the gap of a day that closed while the source was not connected: its last posts will be late.

        ``clock`` and ``open_from`` are those before the batch. A source that reports its lost connections knows it.
        """
        has_closed = clock is not None and self._clock.open_from > open_from
        if clock is None or not has_closed or not self._source.is_live or self._source.state.state == "connected":
            return []
        if any(gap.end > clock for gap in self._log.committed.gaps):
            return []
        return [Gap(clock, self._clock.open_from, CLOSED_UNCONNECTED)]

    def _decide(self, batch: PostBatch, posts: list[Post]) -> list[Admitted]:
        clock, tracked = self._clock, self._tracked()
        if isinstance(clock, LiveClock):
            return [clock.admit(posts, tracked, batch.now or datetime.now(UTC), monotonic())]
        decisions = [clock.admit(posts, tracked)]
        if batch.final:
            decisions.append(clock.finish(tracked))
            clock.close_days(batch.can_resume)
        return decisions

    def commit(self, stop: threading.Event) -> None:
        """Commit. While the disk refuses, report it and retry until ``stop`` is set; nothing is lost meanwhile."""
        failures = 0
        while not self._try_commit():
            failures += 1
            if stop.wait(_BACKOFF.delay(failures, random())):  # noqa: S311 - jitter
                return

    def _try_commit(self) -> bool:
        before = self._log.committed
        try:
            self.before_commit()
            self._log.commit(
                self._progress.cursor,
                self._decided_after_cursor,
                self._clock.clock,
                self._clock.open_from.date(),
            )
        except OSError as error:
            if not self._blocked:
                log.warning("the log cannot be written (%s): collecting waits until it can", error.strerror)
            self._blocked = f"the log cannot be written: {error.strerror}"
            return False
        if self._blocked:
            log.info("the log can be written again")
            self._blocked = ""
        if self._log.committed is not before:
            self._on_commit()
        return True


@dataclass
class _ReadBatch:
    """A batch that was read: the index after its last post, its cursor, and the drops and gaps of its source."""

    end: int
    cursor: Cursor
    dropped: Counter[str]
    gaps: list[Gap]


@dataclass
class Passed:
    """The drops and gaps of the source in batches whose posts are all decided."""

    dropped: Counter[str] = field(default_factory=Counter)
    gaps: list[Gap] = field(default_factory=list)


class Progress:
    """The cursor that may be committed: the posts before it are decided.

    A cursor stands after a whole batch. While a post in the middle of a batch is held, the cursor before that batch is
    committed, with the number of decided posts after it.
    """

    def __init__(self, cursor: Cursor) -> None:
        """Resume after ``cursor``: the next post has the index 0."""
        self.cursor = cursor
        self._cursor_end = 0
        self._batches: deque[_ReadBatch] = deque()

    def add(self, batch: PostBatch) -> None:
        """Add a batch that was read. Only a few posts are ever held, so only a few batches wait here."""
        last_end = self._batches[-1].end if self._batches else self._cursor_end
        if self._batches and not batch.posts:
            self._batches[-1].cursor = batch.cursor
            self._batches[-1].dropped.update(batch.dropped)
            self._batches[-1].gaps.extend(batch.gaps)
        else:
            end = last_end + len(batch.posts)
            self._batches.append(_ReadBatch(end, batch.cursor, Counter(batch.dropped), list(batch.gaps)))

    def advance(self, decided: int) -> tuple[int, Passed]:
        """Move the cursor after the batches whose posts are all decided.

        Returns:
            The number of decided posts after the cursor, and what the source reported in the batches passed.
        """
        passed = Passed()
        while self._batches and self._batches[0].end <= decided:
            batch = self._batches.popleft()
            self.cursor, self._cursor_end = batch.cursor, batch.end
            passed.dropped.update(batch.dropped)
            passed.gaps.extend(batch.gaps)
        return decided - self._cursor_end, passed
