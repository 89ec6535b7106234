"""Reports of the collector: its status to Redis every second, and each day's dropped posts and gaps to files."""

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from collector.log import Commit, Counts, Log
from collector.sources import PostSource, SourceState
from contract import redis_names
from contract.cancellation import is_cancelled
from contract.dropped import DroppedDay, dropped_file, open_day_file, read_dropped_day, write_dropped_day
from contract.files import write_atomically
from contract.gap import Gap, gaps_of
from contract.status import CollectorStatus

_RATE_SECONDS = 5

log = logging.getLogger(__name__)


class StateTimer:
    """Notes when a source's state began."""

    def __init__(self) -> None:
        self._state: str | None = None
        self._since: datetime | None = None

    def since(self, state: str, now: datetime) -> datetime:
        """Return when ``state`` began. Call this often."""
        if self._since is None or state != self._state:
            self._state, self._since = state, now
        return self._since


class Rates:
    """Posts and tagged posts per second, over about the last five seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque(maxlen=_RATE_SECONDS + 1)

    def at(self, second: float, counts: Counts) -> tuple[float, float]:
        """Return both rates at a ``second`` of the monotonic clock. Call this about once a second."""
        self._seen.append((second, counts.posts, counts.tagged))
        began, posts, tagged = self._seen[0]
        seconds = max(second - began, 0.001)
        return round((counts.posts - posts) / seconds, 1), round((counts.tagged - tagged) / seconds, 1)


def collector_status(
    source: PostSource, state: SourceState, stream: Log, rates: tuple[float, float], now: datetime
) -> CollectorStatus:
    """Return the collector's status as of ``now``."""
    committed = stream.committed
    return CollectorStatus(
        source=source.name,
        kind=source.kind,
        state=state.state,
        detail=state.detail,
        posts=committed.counts.posts,
        tagged=committed.counts.tagged,
        posts_per_second=rates[0],
        tagged_per_second=rates[1],
        dropped=committed.counts.dropped,
        clock=committed.clock,
        end_offset=committed.end,
        spool_bytes=stream.disk_bytes,
        updated_at=now,
        gaps=list(committed.gaps),
        budget=state.budget,
    )


async def report(
    redis: Redis,
    source: PostSource,
    state: Callable[[], SourceState],
    stream: Log,
    clock_problem: Callable[[datetime], str],
) -> None:
    """Write the status to Redis every second, without end. Do not repeat one that fails.

    Log a clock problem when it begins.
    """
    rates, states = Rates(), StateTimer()
    problem = ""
    while not is_cancelled():
        now, present = datetime.now(UTC), state()
        before, problem = problem, clock_problem(now)
        if problem and not before:
            log.warning("%s", problem)
        current = rates.at(monotonic(), stream.committed.counts)
        status = collector_status(source, present, stream, current, now)
        status.since, status.clock_problem = states.since(present.state, now), problem
        with contextlib.suppress(RedisError, OSError):
            name = redis_names.collector_status(source.name)
            await redis.set(name, msgspec.json.encode(status), ex=redis_names.STATUS_TTL)
        await asyncio.sleep(1)


async def announce(redis: Redis, source: str, running: Sequence[str]) -> None:
    """Store the ``running`` sources once if ``source`` is none of those that are stored.

    So the site finds a status of another source than before while streaming, which stores them too, still starts.
    """
    while not is_cancelled():
        with contextlib.suppress(RedisError, OSError):
            if source not in redis_names.decode_sources(await redis.get(redis_names.SOURCES)):
                await redis.set(redis_names.SOURCES, redis_names.encode_sources(running))
            return
        await asyncio.sleep(1)


class _OpenDay(msgspec.Struct):
    """The day of the clock, and the totals when it began; None if this process did not see it begin."""

    day: date
    before: dict[str, int] | None


class DroppedDays:
    """Drops and gaps of each day of a stream's clock, one file a day (contract.dropped).

    The log has only totals of all time. The totals at the start of the open day are in a file beside those of the days,
    so a restart resumes the same day.
    """

    def __init__(self, data_dir: Path, source: str, commit: Commit) -> None:
        """Resume where an earlier process stopped, at the stream's last commit."""
        self._data_dir = data_dir
        self._source = source
        self._open_day_path = open_day_file(data_dir, source)
        self._open_day = _read_open_day(self._open_day_path) or (
            _OpenDay(commit.clock.date(), None) if commit.clock else None
        )
        self._totals: Mapping[str, int] = commit.counts.dropped
        self._gaps: tuple[Gap, ...] = ()
        # A process may have crashed between its commit and this.
        self.on_commit(commit)

    def on_commit(self, commit: Commit) -> None:
        """Note the clock, the totals and the gaps of a commit. Write the file of a day that the clock has left.

        If the disk refuses, the day has no file: log a warning and collect on.
        """
        if commit.clock:
            day = commit.clock.date()
            self._start_day(day)
            self._totals = commit.counts.dropped
            span = commit.days.get(day)
            if span and span.closed_offset is not None:
                # A recording has ended. All drops until now belong to its last day.
                self._start_day(day + timedelta(days=1))
        self._totals = commit.counts.dropped
        if commit.gaps != self._gaps:
            self._gaps = commit.gaps
            self._write_gaps()

    def _start_day(self, day: date) -> None:
        if self._open_day and day <= self._open_day.day:
            return
        try:
            self._write_and_start(day)
        except OSError as error:
            log.warning("the posts dropped until %s are not on record: %s", day, error.strerror)
            self._open_day = _OpenDay(day, None)

    def _write_and_start(self, day: date) -> None:
        """Write the day that ended, with the drops up to the previous commit, and start the next."""
        before: Mapping[str, int] = self._totals if self._open_day else {}
        if self._open_day and self._open_day.before is not None:
            dropped = Counter(before)
            dropped.subtract(self._open_day.before)
            ended = self._open_day.day
            write_dropped_day(self._file(ended), DroppedDay(+dropped, gaps_of(ended, self._gaps)))
        self._open_day = _OpenDay(day, dict(before))
        self._open_day_path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._open_day_path, msgspec.json.encode(self._open_day))

    def _write_gaps(self) -> None:
        """Write the gaps of days that the clock has left. A source may learn of them later."""
        days = {gap.start.date() for gap in self._gaps}
        for day in sorted(day for day in days if self._open_day and day < self._open_day.day):
            try:
                written = read_dropped_day(self._file(day))
                if written.gaps != (gaps := gaps_of(day, self._gaps)):
                    write_dropped_day(self._file(day), DroppedDay(written.dropped, gaps))
            except OSError as error:
                log.warning("the gaps of %s are not on record: %s", day, error.strerror)

    def _file(self, day: date) -> Path:
        return dropped_file(self._data_dir, self._source, day)


def _read_open_day(path: Path) -> _OpenDay | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_OpenDay)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
