"""manage.py backfill: recordings, of any days and in any order, to archived days."""

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
from trendsite.history.archiver import Archiver
from trendsite.history.backfill import Backfill, BackfillError, dropped_in_words, posts_counted
from trendsite.history.staging import BusyError


class Command(BaseCommand):
    """Wires a backfill to the settings, the clock and the terminal."""

    help = (
        "Count recordings and archive their days: NDJSON, plain, .gz or .zst, of any days and in any order. "
        "The days are what counting the same posts live would have archived."
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
        """Count, archive, and say what came of it."""
        if not os.environ.get("JAVA_HOME") and not shutil.which("java"):
            raise CommandError("Spark needs Java 17 or newer: set JAVA_HOME, or use `make backfill FILES=...`")
        started = time.monotonic()
        backfill = Backfill(settings.DATA_DIR, files, source, replace)
        try:
            conversion, days = backfill.count()
            archiver = Archiver(settings.DATA_DIR, storages["archive"], lambda: datetime.now(UTC), self.say)
            failed = archiver.work_off(days, wait=True)
        except (BackfillError, BusyError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped: the same command begins again") from None
        if failed:
            raise CommandError(f"{len(failed)} days were not archived, the log says why: the same command tries again")
        backfill.finish()
        self.say(_summary(conversion, time.monotonic() - started))

    def say(self, line: str) -> None:
        """Write a line at once, so that it stays in order with the lines of other processes."""
        self.stdout.write(line)
        self.stdout.flush()


def _summary(conversion: Conversion, seconds: float) -> str:
    posts = posts_counted(conversion.name, conversion.days)
    duplicates = sum(conversion.days.values()) - posts
    dropped = {**conversion.dropped, **({"duplicate": duplicates} if duplicates else {})}
    return (
        f"{conversion.name}: {posts:,} posts of {len(conversion.days):,} days in {seconds:.0f} s; "
        f"dropped: {dropped_in_words(dropped)}"
    )


def _file(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise ArgumentTypeError(f"{text!r} is not a file: give NDJSON, plain, .gz or .zst")
    return path


def _source(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,99}", text):
        raise ArgumentTypeError(f"{text!r} is not a name for a source: use a-z, 0-9 and _.-, at most 100")
    return text
