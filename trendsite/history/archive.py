"""Archives one closed day: its folder, and what was recorded of it -> files in storage -> rows of the database.

In that order, and each step again gives the same: a run may be killed anywhere and run again.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.core.files.storage import Storage

from contract.closed_day import closed_days
from contract.data_folders import data_dir_of
from contract.dropped import dropped_file, read_dropped
from contract.language import ALL_LANGUAGES
from contract.race import race_file
from trendsite.history.closed_counts import read_counts
from trendsite.history.export import CSV_NAME, PARQUET_NAME, Export
from trendsite.history.models import KEPT_RANKS, Day
from trendsite.history.race_export import RACE_NAME, export_race
from trendsite.history.record import FileSizes, record
from trendsite.history.stored import day_prefix, put, put_if_there
from trendsite.history.summary import DaySummary

DROPPED_NAME = "dropped.json"


@dataclass(frozen=True)
class ClosedDay:
    """A day whose whole counts streaming has left in ``folder``."""

    source: str
    day: date
    folder: Path

    @property
    def recording(self) -> Path:
        """The file of the day's race, which is not there for every day."""
        return race_file(data_dir_of(self.folder.parent), self.source, self.day)

    @property
    def dropped(self) -> Path:
        """The file of what was dropped in the day, which is not there for every day."""
        return dropped_file(data_dir_of(self.folder.parent), self.source, self.day)

    def __str__(self) -> str:
        return f"{self.day.isoformat()} ({self.source})"


@dataclass(frozen=True)
class ArchivedDay:
    """What was archived: posts and distinct hashtags in all languages, and bytes stored under ``prefix``."""

    posts: int
    hashtags: int
    stored_bytes: int
    prefix: str


def all_closed_days(data_dir: Path, source: str | None = None) -> list[ClosedDay]:
    """Return the closed days whose folders are there, oldest first; of one source if it is given."""
    days = (ClosedDay(*closed) for closed in closed_days(data_dir))
    return [closed for closed in days if source in (None, closed.source)]


def waiting_days(data_dir: Path, source: str | None = None) -> list[ClosedDay]:
    """Return the closed days that are not archived yet, oldest first."""
    closed = all_closed_days(data_dir, source)
    dates = {waiting.day for waiting in closed}
    archived = set(Day.objects.filter(date__in=dates).values_list("source", "date"))
    return [waiting for waiting in closed if (waiting.source, waiting.day) not in archived]


def archive_day(
    closed: ClosedDay, storage: Storage, staging: Path, archived_at: datetime, progress: Callable[[int, int], None]
) -> ArchivedDay:
    """Archive a day, for the first time or again.

    ``staging`` is a folder for the files until storage has them; ``progress`` is called
    after each batch with the number of rows so far and the number in the batch.

    Raises:
        BrokenDayError: the closed folder cannot be used.
        StorageError: storage did not keep what it was given.
    """
    summary = DaySummary(KEPT_RANKS)
    rows = 0
    with Export(staging) as export:
        for batch in read_counts(closed.folder):
            export.write(batch)
            summary.add(batch)
            rows += batch.num_rows
            progress(rows, batch.num_rows)
    summary.races = export_race(closed.recording, closed.day, summary, staging / RACE_NAME)
    summary.dropped = read_dropped(closed.dropped)
    prefix = day_prefix(closed.source, closed.day)
    sizes: FileSizes = {
        "parquet_bytes": put(storage, f"{prefix}/{PARQUET_NAME}", export.parquet),
        "csv_bytes": put(storage, f"{prefix}/{CSV_NAME}", export.csv),
        "race_bytes": put_if_there(storage, f"{prefix}/{RACE_NAME}", staging / RACE_NAME),
    }
    if summary.dropped is not None:
        # A copy: storage may move the file that it is given.
        put(storage, f"{prefix}/{DROPPED_NAME}", Path(shutil.copy(closed.dropped, staging / DROPPED_NAME)))
    record(closed.source, closed.day, summary, sizes, archived_at)
    everything = summary.languages[ALL_LANGUAGES]
    stored = sum((sizes["parquet_bytes"], sizes["csv_bytes"], sizes["race_bytes"]))
    return ArchivedDay(everything.posts, everything.hashtags, stored, prefix)
