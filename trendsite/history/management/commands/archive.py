"""manage.py archive: closed days to storage and database, once or for as long as supervisor runs it."""

import random
import signal
import time
from argparse import ArgumentTypeError
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.core.files.storage import Storage, storages
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from trendsite.history.archive import ClosedDay, all_closed_days, archive_day, waiting_days
from trendsite.history.backlog import Backlog
from trendsite.history.prune import prune
from trendsite.history.staging import staging
from trendsite.history.stored import place
from trendsite.history.watch import watch

CHECK_SECONDS = 60.0
PROGRESS_ROWS = 1_000_000


class Command(BaseCommand):
    """Wires the steps of the archive to the settings, the clock and the terminal."""

    help = "Archive closed days: Parquet and CSV to storage, totals and top hashtags to the database."

    data_dir: Path
    storage: Storage
    stop: Event
    backlog: Backlog

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --day, --watch and --source."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--day", type=_day, help="archive this closed day (YYYY-MM-DD), even if again")
        what.add_argument("--watch", action="store_true", help="keep running and archive each day once it is closed")
        parser.add_argument("--source", help="only days of this source (default: all)")

    def handle(self, *, day: date | None, source: str | None, watch: bool, **_options: Any) -> None:  # noqa: ANN401 - Django's own options
        """Archive what waits, one day, or whatever comes."""
        self.data_dir = settings.DATA_DIR
        self.storage = storages["archive"]
        self.stop = Event()
        self.backlog = Backlog(self.archive, time.monotonic, random.random)
        if watch:
            self.keep_archiving(source)
            return
        failed = self.work_off(self.closed_on(day, source) if day else waiting_days(self.data_dir, source))
        if failed:
            raise CommandError(f"not archived: {', '.join(map(str, failed))}; the log says why")

    def closed_on(self, day: date, source: str | None) -> list[ClosedDay]:
        """Return that closed day, of each source that has it."""
        closed = [closed for closed in all_closed_days(self.data_dir, source) if closed.day == day]
        if not closed:
            of = f" of {source}" if source else ""
            raise CommandError(f"no closed day {day}{of} in {self.data_dir / 'closed'}")
        return closed

    def keep_archiving(self, source: str | None) -> None:
        """Archive days as they close, until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())

        def check() -> None:
            close_old_connections()
            self.work_off(waiting_days(self.data_dir, source))

        watch(check, self.stop.wait, CHECK_SECONDS, random.random)

    def work_off(self, days: Iterable[ClosedDay]) -> list[ClosedDay]:
        """Archive days, then remove the closed folders that this made superfluous; return the days that failed."""
        archived, failed = self.backlog.work_off(days)
        if archived:
            for removed in prune(self.data_dir, self.storage):
                self.say(f"{removed}: closed folder removed, the archive holds the day")
        return failed

    def archive(self, closed: ClosedDay) -> None:
        """Archive one day and say so."""
        with staging(self.data_dir) as folder:
            progress = partial(self.show_progress, closed)
            archived = archive_day(closed, self.storage, folder, datetime.now(UTC), progress)
        # Arrow keeps what it frees: too much for a process that then waits for a day.
        pa.default_memory_pool().release_unused()
        self.say(
            f"{closed}: {archived.posts:,} posts, {archived.hashtags:,} hashtags, "
            f"{archived.stored_bytes:,} bytes to {place(self.storage)}/{archived.prefix}"
        )

    def show_progress(self, closed: ClosedDay, rows: int, batch_rows: int) -> None:
        """Say how far a long day is; leave it at once when told to stop, since it can be begun again."""
        if self.stop.is_set():
            raise SystemExit(0)
        if rows // PROGRESS_ROWS > (rows - batch_rows) // PROGRESS_ROWS:
            self.say(f"{closed}: {rows:,} rows so far")

    def say(self, line: str) -> None:
        """Write a line at once, even into supervisor's pipe."""
        self.stdout.write(line)
        self.stdout.flush()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day: give YYYY-MM-DD") from None
