"""manage.py archive: closed days to storage and database, once or for as long as supervisor runs it."""

import os
import sys
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trendsite.history import watch as watch_module
from trendsite.history.archive import ClosedDay, all_closed_days, waiting_days
from trendsite.history.archiver import Archiver
from trendsite.history.staging import BusyError


class Command(BaseCommand):
    """Wires the archive to the settings, the clock and the terminal."""

    help = "Archive closed days: Parquet and CSV to storage, totals and top hashtags to the database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --day, --watch and --source."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--day", type=_day, help="archive this closed day (YYYY-MM-DD), even if again")
        what.add_argument("--watch", action="store_true", help="keep running and archive each day once it is closed")
        parser.add_argument("--source", help="only days of this source (default: all)")

    def handle(self, *, day: date | None, source: str | None, watch: bool, **_options: Any) -> None:  # noqa: ANN401 - Django's own options
        """Archive what waits, one day, or whatever comes."""
        if watch:
            become_the_watch(source)
        days = self.closed_on(day, source) if day else waiting_days(settings.DATA_DIR, source)
        archiver = Archiver(settings.DATA_DIR, storages["archive"], lambda: datetime.now(UTC), self.say)
        try:
            failed = archiver.work_off(days)
        except BusyError as error:
            raise CommandError(str(error)) from error
        if failed:
            raise CommandError(f"not archived: {', '.join(map(str, failed))}; the log says why")

    def closed_on(self, day: date, source: str | None) -> list[ClosedDay]:
        """Return that closed day, of each source that has it."""
        closed = [closed for closed in all_closed_days(settings.DATA_DIR, source) if closed.day == day]
        if not closed:
            of = f" of {source}" if source else ""
            raise CommandError(f"no closed day {day}{of} in {settings.DATA_DIR / 'closed'}")
        return closed

    def say(self, line: str) -> None:
        """Write a line at once, even into supervisor's pipe."""
        self.stdout.write(line)
        self.stdout.flush()


def become_the_watch(source: str | None) -> None:
    """Turn this process, whose settings have been checked by now, into the far smaller one that watches."""
    arguments = ["--source", source] if source else []
    path = os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-m", watch_module.__name__, *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own program


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day: give YYYY-MM-DD") from None
