"""A month in seconds: the code of every part, in one process, with a clock that the month moves on.

Real are the spool, the counts, the closed days, Redis, storage, the database, the archive's command, the readiness that
the site reports, and the operator's alerts. Only Spark, the sockets between the parts and the passing of time are not.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import redis
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client

from collector.author_keys import LiveKeys
from collector.intake.ingest import Ingest
from collector.log.spool import Spool
from collector.sources import PostBatch, SourceState
from collector.sources.simulator.posts import posts_of_span
from collector.status import DroppedDays, collector_status
from contract import redis_names
from contract.closed_day import closed_day_folder, closed_days
from contract.files import spool_folder
from streaming.aggregate.deltas import batch_rows
from streaming.config import StreamingConfig
from streaming.jobs import state_writer, stream_job
from streaming.sink.redis_view import announce
from streaming.source.lines import parse
from tests.end_to_end.whole_trendsite import wait_until
from tests.torture.faults import LeapingClock
from trendsite.alerts.__main__ import Alerts, Clock
from trendsite.alerts.messages import Message
from trendsite.alerts.problems import Event, Problem
from trendsite.alerts.site import decode_problems
from trendsite.archive.management.commands import archive as archive_command
from trendsite.archive.models import Day
from trendsite.archive.tasks.report import Reporter, connect, read_outcomes
from trendsite.queries import health

SOURCE = "simulator"
GRACE = timedelta(hours=1)
BEGIN = date(2026, 11, 1)
POSTS_PER_BATCH = int(os.environ.get("MONTH_POSTS", "40"))
SPOOL_BYTES, SEGMENT_BYTES = 64 * 1024, 16 * 1024
BATCH_HOURS = (2, 12, 22)

_LOG_STEP = 128 * 1024


class MovedClock:
    """The month's time, also for Redis, whose keys expire by it."""

    def __init__(self, of_redis: LeapingClock) -> None:
        self.now = datetime.combine(BEGIN, time(0, 10), UTC)
        self._of_redis = of_redis
        self._ahead = 0
        self._leap()

    def read(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return (self.now - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()

    def move_to(self, moment: datetime) -> None:
        assert moment >= self.now
        self.now = moment
        self._leap()

    def _leap(self) -> None:
        ahead = round(self.now.timestamp() - datetime.now(UTC).timestamp())
        self._of_redis.leap(ahead - self._ahead)
        self._ahead = ahead

    def class_of_datetime(self) -> type[datetime]:
        """A datetime whose ``now`` is the month's, for modules that read the machine's clock."""
        clock = self

        class Moved(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return clock.now

        return Moved


class Collector:
    """The collector's ingest of a live source, without its network and its socket."""

    name, kind, is_live, repeats = SOURCE, SOURCE, True, False
    state = SourceState("connected", "simulated")

    def __init__(self, data_dir: Path, clock: MovedClock) -> None:
        self._clock = clock
        self.spool = Spool(spool_folder(data_dir, SOURCE), SOURCE, SPOOL_BYTES, SEGMENT_BYTES)
        self._keys = LiveKeys(data_dir, GRACE)
        self._keys.load(SOURCE, self.spool.committed)
        self._dropped = DroppedDays(data_dir, SOURCE, self.spool.committed)
        self._ingest = Ingest(self, self.spool, GRACE, lambda: None, self._on_commit)  # type: ignore[arg-type]
        self._ingest.before_commit = self._keys.store
        self._batches = 0

    def _on_commit(self) -> None:
        self._dropped.on_commit(self.spool.committed)
        self._keys.forget(self.spool.committed)

    def collect(self) -> None:
        """Take the posts of the minute that ends now."""
        span = timedelta(minutes=1)
        self._batches += 1
        begin = self._clock.now - span
        posts = list(posts_of_span(1, f"month-{self._batches}", begin, span, POSTS_PER_BATCH))
        self._keys.hash_author("someone", self._clock.now)
        self._ingest.process(PostBatch(posts, {"batch": self._batches}, now=self._clock.now))
        self._ingest.commit(threading.Event())

    def report(self, client: redis.Redis) -> None:
        status = collector_status(self, self.state, self.spool, (1.0, 1.0), self._clock.now)  # type: ignore[arg-type]
        client.set(redis_names.collector_status(SOURCE), msgspec.json.encode(status), ex=redis_names.STATUS_TTL)


class Streaming:
    """The stream job, with batches that the month submits instead of Spark."""

    def __init__(self, data_dir: Path, redis_url: str, collector: Collector, patch: pytest.MonkeyPatch) -> None:
        self._collector = collector
        self._data_dir = data_dir
        self._submit: Callable[[object], None] = lambda _rows: None
        self._redis = redis.Redis.from_url(redis_url, decode_responses=True)
        config = StreamingConfig(data_dir, ("127.0.0.1", 1), redis_url, "", "", 2**20)
        helpers = SimpleNamespace(hold=lambda _job: None, release=lambda _job: None, end_idle=lambda: True)
        patch.setattr(stream_job, "start_query", self._start)
        patch.setattr(state_writer, "FLUSH_SECONDS", 0.0)
        self._read = collector.spool.committed.end
        self.job = stream_job.StreamJob(None, helpers, config, self._redis, collector.spool.status())  # type: ignore[arg-type]
        announce(self._redis, [SOURCE])

    def _start(self, *arguments: object) -> SimpleNamespace:
        self._submit = arguments[3]  # type: ignore[assignment]
        self._read = arguments[2]  # type: ignore[assignment]
        return SimpleNamespace(isActive=True, lastProgress=None, stop=lambda: None)

    def count(self) -> None:
        """Count what the spool has, close what is over, and release what is done."""
        spool = self._collector.spool
        end = spool.committed.end
        if end > self._read:
            lines = b"".join(spool.read(self._read, end))
            self._submit(batch_rows(parse(lines), self._read, end))
            self._read = end
        wait_until(self._is_done, "everything is counted and each closed day written", pause=0.01)

    def tick(self) -> None:
        spool = self._collector.spool
        self.job.tick(spool.status())
        if self.job.releasable is not None:
            spool.release(self.job.releasable, self.job.recorded)

    def _is_done(self) -> bool:
        self.tick()
        status = self._collector.spool.status()
        closed = [day for day, span in status.days.items() if span.closed_offset is not None]
        return self.job.releasable == self._read and all(
            closed_day_folder(self._data_dir, SOURCE, day).exists() for day in closed
        )

    def close(self) -> None:
        self._redis.close()


class Month:
    """The month, and what it saw. ``nights_down`` are the days whose archiving finds no storage."""

    def __init__(
        self, data_dir: Path, storage: Path, redis_url: str, of_redis: LeapingClock, patch: pytest.MonkeyPatch
    ) -> None:
        self.clock = MovedClock(of_redis)
        for module in (stream_job, archive_command, health):
            patch.setattr(module, "datetime", self.clock.class_of_datetime())
        self.data_dir = data_dir
        self._storage = storage
        self.redis = redis.Redis.from_url(redis_url)
        self._site = Client()
        self._collector = Collector(data_dir, self.clock)
        self._collector.collect()
        self._streaming = Streaming(data_dir, redis_url, self._collector, patch)
        self._reporter = Reporter(connect(redis_url), self.clock.read)
        self.events: list[tuple[datetime, Event]] = []
        """What the operator was sent about the archive, and when."""
        deliver = {"webhook": self._deliver}
        config = SimpleNamespace(data_dir=data_dir, status_url="")
        clock = Clock(self.clock.read, self.clock.seconds)
        self._alerts = Alerts(config, self.problems, deliver, clock)  # type: ignore[arg-type]
        self.not_ready_after: dict[date, tuple[float, list[Problem]]] = {}

    def _deliver(self, message: Message) -> None:
        self.events += [(self.clock.now, event) for event in message.events if event.problem.part == "archive"]

    def problems(self) -> list[Problem]:
        """What the site reports now."""
        return decode_problems(self._site.get("/healthz").content)

    def find(self) -> frozenset[Path]:
        """As the archive's watching process finds closed days."""
        return frozenset(folder for _, _, folder in closed_days(self.data_dir))

    def archive(self) -> bool:
        """Run the archive as its watching process does, but in this process."""
        reading, writing = os.pipe()
        try:
            call_command("archive", outcome_pipe=writing, stdout=StringIO())
            succeeded = True
        except CommandError:
            succeeded = False
        for outcome in read_outcomes(reading) or []:
            if outcome:
                self._reporter.set_outcome(outcome)
        os.close(reading)
        os.close(writing)
        return succeeded

    def moments(self, days: int, nights_down: set[int]) -> Iterator[None]:
        """Live through the days; yield wherever the archive's watching process looks for closed days."""
        with self._streaming.job:
            for number in range(days + 1):
                midnight = datetime.combine(BEGIN + timedelta(days=number), time(), UTC)
                is_down = number - 1 in nights_down
                if is_down:
                    self._take_storage_away()
                yield from self._night(midnight, is_down)
                if is_down:
                    self._bring_storage_back()
                    yield from self._until_well(midnight + timedelta(hours=5))
                for hour in BATCH_HOURS[1:]:
                    yield from self._batch_at(midnight + timedelta(hours=hour))
        self._streaming.close()
        self.redis.close()

    def _night(self, midnight: datetime, is_down: bool) -> Iterator[None]:
        """Yesterday closes with the first posts after the grace. Look closely at the minutes after it."""
        closing = midnight + GRACE + timedelta(seconds=61)
        if closing < self.clock.now:
            return
        self.clock.move_to(closing)
        self._collector.collect()
        self._streaming.count()
        for step in range(14 if is_down else 3):
            yield from self._moment(closing + timedelta(seconds=5 * step))
            # A busy machine may miss the deadlines of other checks for a moment.
            problems = [problem for problem in self.problems() if problem.part == "archive"] if is_down else []
            if problems and midnight.date() not in self.not_ready_after:
                self.not_ready_after[midnight.date()] = (5.0 * step, problems)
        yield from self._batch_at(midnight + timedelta(hours=BATCH_HOURS[0]))

    def _until_well(self, begin: datetime) -> Iterator[None]:
        for step in range(30):
            yield from self._moment(begin + timedelta(minutes=step))

    def _batch_at(self, moment: datetime) -> Iterator[None]:
        self.clock.move_to(moment)
        self._collector.collect()
        self._streaming.count()
        yield from self._moment(moment)

    def _moment(self, moment: datetime) -> Iterator[None]:
        self.clock.move_to(moment)
        yield  # the watching process looks, and archives
        self._streaming.tick()
        self._collector.report(self.redis)
        self._reporter.report()
        self._alerts.step()

    def _take_storage_away(self) -> None:
        self._storage.rename(self._storage.with_name("away"))
        self._storage.write_text("no folder: nothing can be stored in it")

    def _bring_storage_back(self) -> None:
        self._storage.unlink()
        self._storage.with_name("away").rename(self._storage)

    def sizes(self) -> Counter[str]:
        """What must not grow: files and bytes in the folders of DATA_DIR, keys of Redis, rows, threads, memory."""
        found: Counter[str] = Counter()
        for path in self.data_dir.rglob("*"):
            folder = path.relative_to(self.data_dir).parts[0]
            if path.is_file() and folder not in ("storage", "away"):
                found[f"files in {folder}"] += 1
                found[f"bytes in {folder}"] += _size(path)
        found["keys of Redis"] = int(self.redis.dbsize())  # type: ignore[arg-type]
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names():
                if not table.startswith("history_"):
                    cursor.execute(f'SELECT count(*) FROM "{table}"')
                    found[f"rows of {table}"] = cursor.fetchone()[0]
        found["threads"] = threading.active_count()
        if Path("/proc/self").is_dir():
            found["open files"] = len(list(Path("/proc/self/fd").iterdir()))
            found["pages of memory"] = int(Path("/proc/self/statm").read_text().split()[1])
        return found


def _size(path: Path) -> int:
    """The bytes of a file. SQLite's log has what some flushes wrote, many or few by chance, so it counts in steps."""
    size = path.stat().st_size
    return -(-size // _LOG_STEP) * _LOG_STEP if path.name.endswith("-wal") else size


def archived_days() -> list[date]:
    return list(Day.objects.order_by("date").values_list("date", flat=True))
