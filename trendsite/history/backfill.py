"""Recordings -> archived days: converted by the collector, counted by streaming, archived as every closed day is.

The first two are processes of their own. Whatever is killed, running the same again gives the same days.
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

import msgspec
from django.conf import settings

from contract.backfill import Conversion, read_conversion
from contract.closed_day import closed_day_folder
from contract.language import ALL_LANGUAGES
from trendsite.history.archive import ClosedDay
from trendsite.history.models import Day, DayLanguage
from trendsite.history.staging import exclusive_folder


class BackfillError(RuntimeError):
    """Why the recordings were not counted. The message is one line."""


class Claim(msgspec.Struct):
    """What a backfill is making: kept until it is archived, so that one that was killed may do it again."""

    source: str
    days: list[date]


@dataclass(frozen=True)
class Backfill:
    """One backfill in DATA_DIR. ``source`` None takes the name that the recordings give."""

    data_dir: Path
    recordings: Sequence[Path]
    source: str | None
    replaces: bool

    def count(self) -> tuple[Conversion, list[ClosedDay]]:
        """Count the recordings; return what became of them, and their closed days, oldest first.

        Raises:
            BusyError: another backfill is at work.
            BackfillError: they cannot be counted.
        """
        with _scratch(self.data_dir) as folder:
            self._run("collector.convert", *map(str, self.recordings), "--into", str(folder))
            conversion = read_conversion(folder)
            conversion.name = self.source or conversion.name
            self._refuse(conversion)
            _claim_file(self.data_dir).write_bytes(msgspec.json.encode(Claim(conversion.name, list(conversion.days))))
            self._run("streaming.backfill", conversion.name, str(folder))
        folders = [(day, closed_day_folder(self.data_dir, conversion.name, day)) for day in conversion.days]
        # A day can be without: all its posts may be duplicates of another day's.
        return conversion, [ClosedDay(conversion.name, day, path) for day, path in folders if path.exists()]

    def finish(self) -> None:
        """Give up the claim, once the days are archived."""
        _claim_file(self.data_dir).unlink(missing_ok=True)

    def _refuse(self, conversion: Conversion) -> None:
        """Refuse recordings without posts, and days that would be overwritten."""
        if not conversion.days:
            raise BackfillError(f"no posts to count; dropped: {dropped_in_words(conversion.dropped)}")
        known = [] if self.replaces else _known_days(self.data_dir, conversion.name, conversion.days)
        if known:
            raise BackfillError(
                f"{known[0]} of {conversion.name} is counted already, one of {len(known)} such days: "
                "--replace puts the new counts in their place, another --source NAME keeps both"
            )

    def _run(self, module: str, *arguments: str) -> None:
        """Run another part's program, whose words go to the terminal."""
        environment = {**os.environ, "DATA_DIR": str(self.data_dir)}
        command = [sys.executable, "-m", module, *arguments]
        if subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode:  # noqa: S603 - ours
            raise BackfillError("nothing was archived: the line above says why")


def posts_counted(source: str, days: Collection[date]) -> int:
    """Return how many posts the archived days of a source hold."""
    # Not by a list of thousands of dates: SQLite allows no more than so many in a query.
    archived = Day.objects.filter(source=source, date__range=(min(days), max(days)))
    totals = DayLanguage.objects.filter(day__in=archived, language=ALL_LANGUAGES).values_list("day__date", "posts")
    return sum(posts for day, posts in totals if day in days)


def dropped_in_words(dropped: dict[str, int]) -> str:
    """Return what was dropped, most first."""
    most_first = sorted(dropped.items(), key=lambda reason: (-reason[1], reason[0]))
    return ", ".join(f"{count:,} {reason}" for reason, count in most_first) or "nothing"


def _known_days(data_dir: Path, source: str, days: Collection[date]) -> list[date]:
    """Return the days that are closed or archived, and not by the backfill that was killed."""
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
    """Yield a new folder, for one backfill at a time; what a killed one left is gone."""
    with exclusive_folder(data_dir / "backfill", "backfill") as folder:
        # A name of its own: a program of a killed backfill may still be writing.
        yield Path(tempfile.mkdtemp(dir=folder))
