"""Archives a closed day: its folder -> files in storage -> rows in the database. And restores the rows from storage.

Each step gives the same result when it is repeated, so a run may be killed anywhere and run again.
"""

import gzip
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from django.core.files.storage import Storage

from contract.closed_day import closed_day_folder, closed_days, reopened_file
from contract.dropped import dropped_file, read_dropped_day
from contract.files import data_dir_of
from contract.language import ALL_LANGUAGES
from contract.race import race_file
from trendsite.archive.models import STORED_RANKS, Day
from trendsite.archive.pipeline.archive_errors import StorageError
from trendsite.archive.pipeline.closed_counts import read_counts
from trendsite.archive.pipeline.database import DaySummary, FileSizes, record
from trendsite.archive.pipeline.day_files import DayFiles, write_race_file
from trendsite.archive.pipeline.storage_files import (
    CSV_NAME,
    DROPPED_NAME,
    PARQUET_NAME,
    RACE_NAME,
    day_prefix,
    download,
    put,
    put_or_delete,
    size_of,
)


@dataclass(frozen=True)
class ClosedDay:
    """A day that streaming closed, with the Parquet ``folder`` of its counts."""

    source: str
    day: date
    folder: Path

    @property
    def race_path(self) -> Path:
        """The file of the day's race; not every day has one."""
        return race_file(data_dir_of(self.folder.parent), self.source, self.day)

    @property
    def reopened_path(self) -> Path:
        """The file that marks a day as counted and closed again."""
        return reopened_file(data_dir_of(self.folder.parent), self.source, self.day)

    @property
    def dropped_path(self) -> Path:
        """The file of the day's dropped posts and gaps; not every day has one."""
        return dropped_file(data_dir_of(self.folder.parent), self.source, self.day)

    def __str__(self) -> str:
        return f"{self.day.isoformat()} ({self.source})"


@dataclass(frozen=True)
class ArchivedDay:
    """An archived day: posts and distinct hashtags in all languages, and the bytes stored under ``prefix``."""

    posts: int
    hashtags: int
    stored_bytes: int
    prefix: str


def all_closed_days(data_dir: Path, source: str | None = None) -> list[ClosedDay]:
    """Return the closed days that have a folder, oldest first; those of one source if it is given."""
    days = (ClosedDay(*closed) for closed in closed_days(data_dir))
    return [closed for closed in days if source in (None, closed.source)]


def waiting_days(data_dir: Path, source: str | None = None) -> list[ClosedDay]:
    """Return the closed days that are not archived, or were closed again since, oldest first."""
    closed = all_closed_days(data_dir, source)
    dates = {waiting.day for waiting in closed}
    archived = set(Day.objects.filter(date__in=dates).values_list("source", "date"))
    return [
        waiting for waiting in closed if (waiting.source, waiting.day) not in archived or waiting.reopened_path.exists()
    ]


def archive_day(
    closed: ClosedDay, storage: Storage, staging: Path, archived_at: datetime, progress: Callable[[int, int], None]
) -> ArchivedDay:
    """Archive a day, for the first time or again.

    ``staging`` is a folder for files on their way to storage. ``progress`` is called after each batch, with the number
    of rows so far and in the batch.

    Raises:
        BrokenDayError: the closed folder cannot be used.
        StorageError: storage did not store a file as given.
    """
    rows = 0

    def write(batch: pa.RecordBatch) -> None:
        nonlocal rows
        files.write(batch)
        rows += batch.num_rows
        progress(rows, batch.num_rows)

    with DayFiles(staging) as files:
        summary = _summarise(closed, staging, write)
    sizes = _store(closed, files, storage, staging)
    archived = _record(closed, summary, sizes, archived_at)
    closed.reopened_path.unlink(missing_ok=True)
    return archived


def restore_day(storage: Storage, source: str, day: date, staging: Path) -> ArchivedDay:
    """Write the database rows of a day again from its stored files, which stay as they are.

    A day that the database lacks counts as archived at the time when storage got it. The counts pass the same checks
    as those of every closed day.

    Raises:
        BrokenDayError: the stored counts cannot be used.
        StorageError: storage does not have the day.
    """
    closed = fetch_day(storage, source, day, staging / "stored")
    summary = _summarise(closed, staging, lambda _batch: None)
    prefix = day_prefix(source, day)
    sizes: FileSizes = {
        "parquet_bytes": size_of(storage, f"{prefix}/{PARQUET_NAME}"),
        "csv_bytes": size_of(storage, f"{prefix}/{CSV_NAME}"),
        "race_bytes": size_of(storage, f"{prefix}/{RACE_NAME}"),
    }
    return _record(closed, summary, sizes, storage.get_modified_time(f"{prefix}/{PARQUET_NAME}"))


def fetch_day(storage: Storage, source: str, day: date, folder: Path) -> ClosedDay:
    """Download a day's files into ``folder``, laid out as in DATA_DIR.

    Raises:
        StorageError: storage does not have the day.
    """
    prefix = day_prefix(source, day)
    closed = ClosedDay(source, day, closed_day_folder(folder, source, day))
    if not download(storage, f"{prefix}/{PARQUET_NAME}", closed.folder / PARQUET_NAME):
        raise StorageError(f"storage has no {prefix}/{PARQUET_NAME}")
    if download(storage, f"{prefix}/{RACE_NAME}", folder / RACE_NAME):
        closed.race_path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(folder / RACE_NAME) as packed, closed.race_path.open("wb") as recording:
            shutil.copyfileobj(packed, recording)
    download(storage, f"{prefix}/{DROPPED_NAME}", closed.dropped_path)
    return closed


def _summarise(closed: ClosedDay, staging: Path, write: Callable[[pa.RecordBatch], None]) -> DaySummary:
    """Read a closed day and return its summary; each batch goes to ``write``, the race to a file in ``staging``."""
    summary = DaySummary(STORED_RANKS)
    for batch in read_counts(closed.folder):
        summary.add(batch)
        write(batch)
    summary.races = write_race_file(closed.race_path, closed.day, summary, staging / RACE_NAME)
    summary.lacks = read_dropped_day(closed.dropped_path)
    return summary


def _store(closed: ClosedDay, files: DayFiles, storage: Storage, staging: Path) -> FileSizes:
    prefix = day_prefix(closed.source, closed.day)
    sizes: FileSizes = {
        "parquet_bytes": put(storage, f"{prefix}/{PARQUET_NAME}", files.parquet),
        "csv_bytes": put(storage, f"{prefix}/{CSV_NAME}", files.csv),
        "race_bytes": put_or_delete(storage, f"{prefix}/{RACE_NAME}", staging / RACE_NAME),
    }
    if closed.dropped_path.exists():
        # Storage may move the file that it gets, so it gets a copy.
        put(storage, f"{prefix}/{DROPPED_NAME}", Path(shutil.copy(closed.dropped_path, staging / DROPPED_NAME)))
    return sizes


def _record(closed: ClosedDay, summary: DaySummary, sizes: FileSizes, archived_at: datetime) -> ArchivedDay:
    record(closed.source, closed.day, summary, sizes, archived_at)
    everything = summary.languages[ALL_LANGUAGES]
    stored = sizes["parquet_bytes"] + sizes["csv_bytes"] + sizes["race_bytes"]
    return ArchivedDay(everything.posts, everything.hashtags, stored, day_prefix(closed.source, closed.day))
