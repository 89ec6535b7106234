"""Recordings -> archived days: the collector converts them, streaming counts them, the archive archives the days.

Collector and streaming run in processes of their own. After a kill, the same command gives the same days.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.urls import reverse

from contract.backfill import Conversion, read_conversion
from contract.closed_day import closed_day_folder
from contract.dropped import dropped_as_text
from contract.files import write_atomically
from contract.language import ALL_LANGUAGES
from trendsite.archive.models import Day, DayLanguage
from trendsite.archive.pipeline.archive_day import ClosedDay
from trendsite.archive.pipeline.staging import exclusive_folder


class BackfillError(RuntimeError):
    """The recordings were not counted. The message is one line."""


class Claim(msgspec.Struct):
    """The days of a backfill, on disk until they are archived: the same command may overwrite them after a kill."""

    source: str
    days: list[date]


@dataclass(frozen=True)
class Backfill:
    """One backfill in DATA_DIR. Without ``source`` the days get the recordings' own source name."""

    data_dir: Path
    recordings: Sequence[Path]
    source: str | None
    replaces: bool

    def count(self) -> tuple[Conversion, list[ClosedDay]]:
        """Count the recordings; return the conversion and the closed days, oldest first.

        Raises:
            BusyError: another backfill runs.
            BackfillError: the recordings cannot be counted.
        """
        with _scratch(self.data_dir) as folder:
            self._run("collector.convert", *map(str, self.recordings), "--into", str(folder))
            conversion = read_conversion(folder)
            conversion.name = self.source or conversion.name
            self._check(conversion, folder)
            claim = Claim(conversion.name, list(conversion.days))
            write_atomically(_claim_file(self.data_dir), msgspec.json.encode(claim))
            self._run("streaming.jobs.backfill", conversion.name, str(folder))
        folders = [(day, closed_day_folder(self.data_dir, conversion.name, day)) for day in conversion.days]
        # A day has no folder if all its posts are duplicates of posts of another day.
        return conversion, [ClosedDay(conversion.name, day, path) for day, path in folders if path.exists()]

    def finish(self) -> None:
        """Remove the claim. Call it once the days are archived."""
        _claim_file(self.data_dir).unlink(missing_ok=True)

    def _check(self, conversion: Conversion, folder: Path) -> None:
        """Refuse recordings without posts, and days that exist already."""
        if not conversion.days:
            raise BackfillError(f"no posts to count; dropped: {dropped_as_text(conversion.dropped) or 'nothing'}")
        known = [] if self.replaces else _known_days(self.data_dir, conversion.name, conversion.days)
        if known:
            # The check reports days that streaming is still counting: --replace does not help there.
            self._run("streaming.jobs.backfill", conversion.name, str(folder), "--check")
            others = f", one of {len(known)} such days" if len(known) > 1 else ""
            raise BackfillError(
                f"{known[0]} of {conversion.name} is counted already{others}: "
                "--replace puts the new counts in their place, another --source NAME keeps both "
                '(OPTIONS="--replace" or OPTIONS="--source NAME" of make backfill)'
            )

    def _run(self, module: str, *arguments: str) -> None:
        """Run a program of another part. Its output goes to the terminal."""
        environment = {**os.environ, "DATA_DIR": str(self.data_dir)}
        command = [sys.executable, "-m", module, *arguments]
        if subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode:  # noqa: S603 - ours
            raise BackfillError("nothing was archived: the line above says why")


def posts_counted(source: str, days: Collection[date]) -> int:
    """Return how many posts the archived days of a source have."""
    # A range, because SQLite limits the number of dates in a query.
    archived = Day.objects.filter(source=source, date__range=(min(days), max(days)))
    totals = DayLanguage.objects.filter(day__in=archived, language=ALL_LANGUAGES).values_list("day__date", "posts")
    return sum(posts for day, posts in totals if day in days)


def page_url(source: str, days: Collection[date]) -> str:
    """Return the URL of the page of the newest day that a backfill archived."""
    newest = Day.objects.filter(source=source, date__range=(min(days), max(days))).order_by("-date").first()
    page = reverse("day-page", args=[newest.date]) if newest else reverse("days-page")
    return f"{_site_url()}{page}?{urlencode({'source': source})}"


def _site_url() -> str:
    """Return scheme, host and port: of the public address if there is one, otherwise of this machine."""
    return settings.PUBLIC_URL.origin if settings.PUBLIC_URL else settings.LOCAL_URL


def _known_days(data_dir: Path, source: str, days: Collection[date]) -> list[date]:
    """Return the days that are closed or archived, without those of a killed backfill."""
    archived = set(Day.objects.filter(source=source).values_list("date", flat=True))
    claimed = _claimed_days(data_dir, source)
    return [
        day
        for day in days
        if day not in claimed and (day in archived or closed_day_folder(data_dir, source, day).exists())
    ]


def _claimed_days(data_dir: Path, source: str) -> set[date]:
    try:
        claim = msgspec.json.decode(_claim_file(data_dir).read_bytes(), type=Claim)
    except (FileNotFoundError, msgspec.DecodeError):
        return set()
    return set(claim.days) if claim.source == source else set()


def _claim_file(data_dir: Path) -> Path:
    return data_dir / "backfill.json"


@contextlib.contextmanager
def _scratch(data_dir: Path) -> Iterator[Path]:
    """Yield a new folder, for one backfill at a time. Leftovers of a killed one are removed."""
    with exclusive_folder(data_dir / "backfill", "backfill") as folder:
        # A new name, because a program of a killed backfill may still write into the old folder.
        yield Path(tempfile.mkdtemp(dir=folder))
