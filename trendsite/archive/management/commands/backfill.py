"""manage.py backfill: counts recordings of any days, in any order, and archives their days."""

import os
import re
import shutil
import time
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError, CommandParser

from contract.backfill import Conversion
from contract.dropped import dropped_as_text
from trendsite.archive.pipeline.archive_errors import BusyError
from trendsite.archive.tasks.archiver import Archiver
from trendsite.archive.tasks.backfill import Backfill, BackfillError, page_url, posts_counted


class Command(BaseCommand):
    """Connects a backfill to the settings, the clock and the terminal."""

    help = (
        "Count recordings and archive their days: JSON, plain, .gz or .zst, of any days and in any order. "
        "The result is the same as if the posts had been counted live."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare FILE, --source and --replace."""
        parser.add_argument("files", metavar="FILE", type=_file, nargs="+", help="a recording")
        parser.add_argument(
            "--source", metavar="NAME", type=_source, help="archive the days under this name (default: the files' own)"
        )
        parser.add_argument(
            "--replace", action="store_true", help="put the new counts in place of days that are counted already"
        )

    def handle(self, *, files: list[Path], source: str | None, replace: bool, **_options: Any) -> None:  # noqa: ANN401 - Django's own options
        """Count, archive, and print the result."""
        if not os.environ.get("JAVA_HOME") and not shutil.which("java"):
            raise CommandError("Spark needs Java 17 or newer: set JAVA_HOME, or use `make backfill FILES=...`")
        started = time.monotonic()
        backfill = Backfill(settings.DATA_DIR, files, source, replace)
        try:
            conversion, days = backfill.count()
            archiver = Archiver(settings.DATA_DIR, storages["archive"], lambda: datetime.now(UTC), self.print_line)
            failed = archiver.run(days, wait=True)
        except (BackfillError, BusyError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped: the same command starts again") from None
        if failed:
            raise CommandError(f"{len(failed)} days were not archived, the log says why: the same command tries again")
        backfill.finish()
        self.print_line(_summary(conversion, time.monotonic() - started))
        self.print_line(f"See it at {page_url(conversion.name, conversion.days)}")

    def print_line(self, line: str) -> None:
        """Print a line at once, so that it is in order with the lines of other processes."""
        self.stdout.write(line)
        self.stdout.flush()


def _summary(conversion: Conversion, seconds: float) -> str:
    posts = posts_counted(conversion.name, conversion.days)
    duplicates = sum(conversion.days.values()) - posts
    dropped = {**conversion.dropped, **({"duplicate": duplicates} if duplicates else {})}
    days = "1 day" if len(conversion.days) == 1 else f"{len(conversion.days):,} days"
    return (
        f"{conversion.name}: {posts:,} posts of {days} in {seconds:.0f} s; "
        f"dropped: {dropped_as_text(dropped) or 'nothing'}"
    )


def _file(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise ArgumentTypeError(f"{text!r} is not a file: give recorded posts as JSON, plain, .gz or .zst")
    return path


def _source(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,99}", text):
        raise ArgumentTypeError(f"{text!r} is not a name for a source: use a-z, 0-9 and _.-, at most 100")
    return text
