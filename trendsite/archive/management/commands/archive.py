"""manage.py archive: archives closed days, once or, with --watch, each one as it closes.

With --list, --verify, --restore or --rewrite it works on the days in storage instead.
"""

import os
import sys
from argparse import SUPPRESS, ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.files.storage import storages
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Max

from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_day import ClosedDay, all_closed_days, waiting_days
from trendsite.archive.pipeline.archive_errors import BusyError, public_reason
from trendsite.archive.site_copy.nightly import store_copy
from trendsite.archive.tasks import watch as watch_module
from trendsite.archive.tasks.archiver import Archiver
from trendsite.archive.tasks.report import Outcome, connect, report_one_run, write_outcome
from trendsite.archive.tasks.stored_archive import Choice, StoredArchive
from trendsite.archive.tasks.watched_storage import watched
from trendsite.languages.announce import announce_now
from trendsite.queries.redis_client import REDIS_IS_AWAY

_SITE_DATA = "accounts, tracked languages, hidden hashtags and saved boards"

_WORKS = {
    "list": "print the days in storage",
    "verify": "read every file in storage and compare its checksum; exit code 1 if one is damaged or missing",
    "restore": "write the database rows of days anew from storage",
    "rewrite": "bring days of an earlier layout in storage into that of this version",
}


class Command(BaseCommand):
    """Connects the archive to the settings, the clock and the terminal."""

    help = (
        "Archive closed days: Parquet and CSV to storage, totals and top hashtags to the database. "
        "Or list, verify, restore or rewrite the days in storage; this needs no other part of Trendsite."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what to do, and with which days."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--watch", action="store_true", help="keep running and archive each day once it is closed")
        for work, help_text in _WORKS.items():
            what.add_argument(f"--{work}", dest="work", action="store_const", const=work, help=help_text)
        days = parser.add_mutually_exclusive_group()
        days.add_argument(
            "--day", type=_day, help="only this day (YYYY-MM-DD); without other options, archive it again"
        )
        days.add_argument("--all", action="store_true", help="--restore: all days and the site's data")
        parser.add_argument("--source", help="only days of this source (default: all)")
        parser.add_argument("--site", action="store_true", help=f"--restore: only {_SITE_DATA}, the newest or by --day")
        parser.add_argument("--replace", action="store_true", help="--restore: put the site's data in place of other")
        parser.add_argument("--outcome-pipe", type=int, help=SUPPRESS)

    def handle(self, *, work: str | None, watch: bool, day: date | None, source: str | None, **options: Any) -> None:  # noqa: ANN401 - Django's own options
        """Archive all waiting days or one day, watch for days, or work on the days in storage."""
        if day and watch:
            raise CommandError("--day and --watch do not go together: --watch archives each day once it is closed")
        if work:
            self.work_on_storage(work, Choice(day, source), options)
        elif watch:
            replace_with_watch(source)
        else:
            self.archive_closed(day, source, options["outcome_pipe"])

    def archive_closed(self, day: date | None, source: str | None, outcome_pipe: int | None) -> None:
        """Archive all waiting days, or one day even if again."""
        archiver = _archiver(outcome_pipe, source, self.print_line)
        if settings.ARCHIVE_ACCOUNTS and not day:
            archiver.copy_site = partial(store_copy, storages["archive"])
        try:
            failed = archiver.run(self.chosen_days(day, source))
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
        if archiver.error:
            raise CommandError(f"not stored: {archiver.error}; the log says why")

    def work_on_storage(self, work: str, choice: Choice, options: dict[str, Any]) -> None:
        """List, verify, restore or rewrite the days in storage."""
        archive = StoredArchive(settings.DATA_DIR, storages["archive"], choice, self.print_line)
        if work == "list":
            archive.print_days()
        elif work == "verify":
            if faults := archive.verify():
                raise CommandError(f"damaged or missing: {', '.join(fault.key for fault in faults)}")
        elif work == "restore" and not (choice.day or options["all"] or options["site"]):
            raise CommandError("--restore needs --day YYYY-MM-DD, --all or --site")
        else:
            # The database may be new and empty.
            call_command("migrate", verbosity=0)
            try:
                failed = self.restore(archive, options) if work == "restore" else archive.rewrite()
            except BusyError as error:
                raise CommandError(str(error), returncode=watch_module.BUSY) from error
            if failed:
                raise CommandError(f"failed: {', '.join(failed)}; the lines above say why")

    def restore(self, archive: StoredArchive, options: dict[str, Any]) -> list[str]:
        """Restore days, the site's data, or both; return what failed."""
        if not (options["site"] or options["all"]):
            return archive.restore()
        failed = archive.restore_site(options["replace"], must_exist=options["site"])
        with suppress(*REDIS_IS_AWAY):  # the collector may run, and may not
            async_to_sync(announce_now)()
        return failed if options["site"] else failed + archive.restore()

    def chosen_days(self, day: date | None, source: str | None) -> Iterator[ClosedDay]:
        """Yield the days to archive, as of the first one: by then no other run archives them."""
        yield from self.closed_on(day, source) if day else waiting_days(settings.DATA_DIR, source)

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


def _archiver(pipe: int | None, source: str | None, print_line: Callable[[str], None]) -> Archiver:
    """Return what archives; it passes its progress and its failures to the watching process, if there is one."""
    storage, now = storages["archive"], lambda: datetime.now(UTC)
    if pipe is None:
        return Archiver(settings.DATA_DIR, storage, now, print_line)
    on_progress = partial(write_outcome, pipe, None)
    archiver = Archiver(settings.DATA_DIR, watched(storage, on_progress), now, print_line)
    archiver.on_progress = on_progress
    archiver.on_failure = lambda error: write_outcome(pipe, _outcome(error, source))
    return archiver


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
