"""manage.py archive: archives closed days, once or, with --watch, each one as it closes."""

import os
import sys
from argparse import SUPPRESS, ArgumentTypeError
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Max

from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_day import ClosedDay, all_closed_days, waiting_days
from trendsite.archive.pipeline.archive_errors import BusyError, public_reason
from trendsite.archive.tasks import watch as watch_module
from trendsite.archive.tasks.archiver import Archiver
from trendsite.archive.tasks.report import Outcome, connect, report_one_run, write_outcome


class Command(BaseCommand):
    """Connects the archive to the settings, the clock and the terminal."""

    help = "Archive closed days: Parquet and CSV to storage, totals and top hashtags to the database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --day, --watch and --source."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--day", type=_day, help="archive this closed day (YYYY-MM-DD), even if again")
        what.add_argument("--watch", action="store_true", help="keep running and archive each day once it is closed")
        parser.add_argument("--source", help="only days of this source (default: all)")
        parser.add_argument("--outcome-pipe", type=int, help=SUPPRESS)

    def handle(
        self,
        *,
        day: date | None,
        source: str | None,
        watch: bool,
        outcome_pipe: int | None = None,
        **_options: Any,  # noqa: ANN401 - Django's own options
    ) -> None:
        """Archive all waiting days or one day, or watch for days."""
        if watch:
            replace_with_watch(source)
        archiver = Archiver(settings.DATA_DIR, storages["archive"], lambda: datetime.now(UTC), self.print_line)
        try:
            failed = archiver.run(self.closed_on(day, source) if day else waiting_days(settings.DATA_DIR, source))
        except BusyError as error:
            raise CommandError(str(error), returncode=watch_module.BUSY) from error
        except CommandError:
            raise
        except Exception as error:
            _report(Outcome(public_reason(error)), outcome_pipe)
            raise
        if not day:
            _report(_outcome(archiver.error, source), outcome_pipe)
        if failed:
            raise CommandError(f"not archived: {', '.join(map(str, failed))}; the log says why")

    def closed_on(self, day: date, source: str | None) -> list[ClosedDay]:
        """Return the closed day of each source that has it."""
        closed = [closed for closed in all_closed_days(settings.DATA_DIR, source) if closed.day == day]
        if not closed:
            of = f" of {source}" if source else ""
            raise CommandError(f"no closed day {day}{of} in {settings.DATA_DIR / 'closed'}")
        return closed

    def print_line(self, line: str) -> None:
        """Print a line at once, also into supervisor's pipe."""
        self.stdout.write(line)
        self.stdout.flush()


def _outcome(error: str, source: str | None) -> Outcome:
    """Return the outcome of a run, with the reason of its latest failure."""
    latest = Day.objects.aggregate(latest=Max("archived_at"))["latest"]
    return Outcome(error, len(waiting_days(settings.DATA_DIR, source)), latest)


def _report(outcome: Outcome, pipe: int | None) -> None:
    """Pass an outcome to the watching process; without one, report it to Redis."""
    if pipe is not None:
        write_outcome(pipe, outcome)
    else:
        report_one_run(connect(settings.REDIS_URL), outcome, datetime.now(UTC))


def replace_with_watch(source: str | None) -> None:
    """Replace this process, whose settings are checked, with the much smaller one that watches."""
    arguments = ["--source", source] if source else []
    environment = {**os.environ, "PYTHONPATH": str(settings.BASE_DIR)}
    command = [sys.executable, "-m", watch_module.__name__, *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own program


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day: give YYYY-MM-DD") from None
