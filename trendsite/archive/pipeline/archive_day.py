"""Archives a closed day: its folder -> files and a manifest in storage -> rows in the database.

Each step gives the same result when it is repeated, so a run may be killed anywhere and run again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from django.core.files.storage import Storage

from contract.closed_day import closed_days, reopened_file
from contract.closed_day_schema import LATER_COLUMNS, LATER_STORED_COLUMNS
from contract.dropped import dropped_file, read_dropped_day
from contract.files import data_dir_of
from contract.language import ALL_LANGUAGES
from contract.pairs import pairs_file
from contract.race import race_file
from trendsite.archive.models import STORED_RANKS, Day
from trendsite.archive.pipeline.archive_errors import StorageError
from trendsite.archive.pipeline.closed_counts import read_counts
from trendsite.archive.pipeline.database import DaySummary, FileSizes, record
from trendsite.archive.pipeline.day_files import DayFiles, write_pairs, write_race_file
from trendsite.archive.pipeline.layout import (
    DROPPED_NAME,
    MANIFEST_NAME,
    PAIRS_NAME,
    RACE_NAME,
    DayKeys,
    day_keys,
    day_prefix,
    earlier_keys,
    keys_of_day,
    leftovers,
)
from trendsite.archive.pipeline.manifest import Manifest, encode_manifest, read_manifest
from trendsite.archive.pipeline.pair_files import read_pairs
from trendsite.archive.pipeline.storage_files import described, download, put

Progress = Callable[[int, int], None]
"""Called after each batch, with the number of rows so far and in the batch."""


@dataclass(frozen=True)
class ClosedDay:
    """A day that streaming closed, with the Parquet ``folder`` of its counts."""

    source: str
    day: date
    folder: Path
    is_from_storage: bool = False
    """Whether the archive itself left it, maybe an old version, and not streaming."""

    @property
    def race_path(self) -> Path:
        """The file of the day's race; not every day has one."""
        return race_file(data_dir_of(self.folder.parent), self.source, self.day)

    @property
    def reopened_path(self) -> Path:
        """The file that marks a day as counted and closed again."""
        return reopened_file(data_dir_of(self.folder.parent), self.source, self.day)

    @property
    def pairs_path(self) -> Path:
        """The file of the hashtags used together; a day that an older version counted has none."""
        return pairs_file(self.folder)

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
    closed: ClosedDay, storage: Storage, staging: Path, archived_at: datetime, progress: Progress
) -> ArchivedDay:
    """Archive a day, for the first time or again.

    ``staging`` is a folder for files on their way to storage. A day that was archived before keeps the time of that.

    Raises:
        BrokenDayError: the closed folder cannot be used.
        StorageError: storage did not store a file as given.
    """
    row = Day.objects.filter(source=closed.source, date=closed.day).first()
    summary, manifest = store_day(closed, storage, staging, row.archived_at if row else archived_at, progress)
    archived = record_day(closed, summary, manifest)
    closed.reopened_path.unlink(missing_ok=True)
    return archived


def store_day(
    closed: ClosedDay, storage: Storage, staging: Path, archived_at: datetime, progress: Progress
) -> tuple[DaySummary, Manifest]:
    """Write a day's files to storage, the manifest last, and remove those of an earlier layout.

    A file that is unchanged is not written again. Before a file changes, the manifest is removed, because it does not
    describe the day anymore.

    Raises:
        BrokenDayError: the closed folder cannot be used.
        StorageError: storage did not store a file as given.
    """
    keys = day_keys(closed.source, closed.day)
    before = _usable_manifest(storage, closed)
    files, summary, rows = _write_files(closed, keys, storage, staging, progress)
    manifest = _manifest(closed, summary, rows, files, before.archived_at if before else archived_at)
    if (before is None or before.files != manifest.files) and storage.exists(keys.manifest):
        storage.delete(keys.manifest)
    for key, local in files.items():
        put(storage, key, local)
    local = staging / MANIFEST_NAME
    local.write_bytes(encode_manifest(manifest))
    put(storage, keys.manifest, local)
    _delete_old_files(closed, keys, storage, manifest)
    return summary, manifest


def record_day(closed: ClosedDay, summary: DaySummary, manifest: Manifest) -> ArchivedDay:
    """Write the database rows of a day that is in storage."""
    keys = day_keys(closed.source, closed.day)
    sizes: FileSizes = {
        "parquet_bytes": manifest.size_of(keys.parquet),
        "csv_bytes": manifest.size_of(keys.csv),
        "race_bytes": manifest.size_of(keys.race),
    }
    return record_rows(closed, summary, sizes, manifest.archived_at)


def record_rows(closed: ClosedDay, summary: DaySummary, sizes: FileSizes, archived_at: datetime) -> ArchivedDay:
    """Write the database rows of a day whose files have these sizes."""
    record(closed.source, closed.day, summary, sizes, archived_at)
    everything = summary.languages[ALL_LANGUAGES]
    stored = sizes["parquet_bytes"] + sizes["csv_bytes"] + sizes["race_bytes"]
    return ArchivedDay(everything.posts, everything.hashtags, stored, day_prefix(closed.source, closed.day))


def counts_of(closed: ClosedDay) -> Iterator[pa.RecordBatch]:
    """Yield a day's rows in order. Those from storage may lack more columns.

    Raises:
        BrokenDayError: the closed folder cannot be used.
    """
    return read_counts(closed.folder, may_lack=LATER_STORED_COLUMNS if closed.is_from_storage else LATER_COLUMNS)


def summarise(closed: ClosedDay, staging: Path, write: Callable[[pa.RecordBatch], None]) -> DaySummary:
    """Read a closed day and return its summary; each batch goes to ``write``, the race to a file in ``staging``.

    Raises:
        BrokenDayError: the closed folder cannot be used.
    """
    summary = DaySummary(STORED_RANKS)
    for batch in counts_of(closed):
        summary.add(batch)
        write(batch)
    summary.pairs = read_pairs(closed.pairs_path)
    summary.races = write_race_file(closed.race_path, closed.day, summary, staging / RACE_NAME)
    summary.lacks = read_dropped_day(closed.dropped_path)
    return summary


def _write_files(
    closed: ClosedDay, keys: DayKeys, storage: Storage, staging: Path, progress: Progress
) -> tuple[dict[str, Path], DaySummary, int]:
    """Write the day's files to ``staging``. Return them by key, with the summary and the number of rows."""
    rows = 0

    def write(batch: pa.RecordBatch) -> None:
        nonlocal rows
        counts.write(batch)
        rows += batch.num_rows
        progress(rows, batch.num_rows)

    with DayFiles(staging) as counts:
        summary = summarise(closed, staging, write)
    files = {keys.parquet: counts.parquet, keys.csv: counts.csv}
    if (staging / RACE_NAME).exists():
        files[keys.race] = staging / RACE_NAME
    if summary.pairs is not None:
        files[keys.pairs] = write_pairs(summary.pairs, staging / PAIRS_NAME)
    if dropped := _dropped_file(closed, keys, storage, staging):
        files[keys.dropped] = dropped
        summary.lacks = read_dropped_day(dropped)
    return files, summary, rows


def _dropped_file(closed: ClosedDay, keys: DayKeys, storage: Storage, staging: Path) -> Path | None:
    """Return a copy of the file of dropped posts; once streaming's is gone, of the one in storage."""
    copy = staging / DROPPED_NAME
    if closed.dropped_path.exists():
        copy.write_bytes(closed.dropped_path.read_bytes())
        return copy
    earlier = earlier_keys(closed.source, closed.day)
    found = download(storage, keys.dropped, copy) or download(storage, earlier.dropped, copy)
    return copy if found else None


def _manifest(
    closed: ClosedDay, summary: DaySummary, rows: int, files: dict[str, Path], archived_at: datetime
) -> Manifest:
    everything = summary.languages[ALL_LANGUAGES]
    return Manifest(
        day=closed.day,
        source=closed.source,
        archived_at=archived_at,
        rows=rows,
        posts=everything.posts,
        hashtags=everything.hashtags,
        languages=len(summary.languages) - 1,
        dropped=summary.lacks.dropped,
        gaps=summary.lacks.gaps,
        files=[described(key, local) for key, local in files.items()],
    )


def _usable_manifest(storage: Storage, closed: ClosedDay) -> Manifest | None:
    """Return the manifest of a day that is archived again; None if it is damaged, since it is about to be repaired."""
    try:
        return read_manifest(storage, closed.source, closed.day)
    except StorageError:
        return None


def _delete_old_files(closed: ClosedDay, keys: DayKeys, storage: Storage, manifest: Manifest) -> None:
    """Remove what the manifest does not name: pairs or a race that are gone, and the files of an earlier layout."""
    stored = keys_of_day(storage, closed.source, closed.day)
    unused = {keys.pairs, keys.race, keys.dropped} - {file.key for file in manifest.files}
    for key in [*leftovers(closed.source, closed.day, stored), *(stored & unused)]:
        storage.delete(key)
