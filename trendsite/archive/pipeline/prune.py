"""Removes closed folders once they are not needed, so DATA_DIR stays bounded.

A folder is removed once its day is archived, storage has its files at their size, and newer days of the source fill
the RETAINED_DAYS. The files with the race and the dropped posts of a day are removed after its folder.
"""

import logging
import shutil
from datetime import date
from pathlib import Path

from django.core.files.storage import Storage

from contract.closed_day import closed_day_folder
from contract.dropped import dropped_files
from contract.race import race_files
from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_day import ClosedDay, all_closed_days
from trendsite.archive.pipeline.storage_files import CSV_NAME, PARQUET_NAME, RACE_NAME, day_prefix, has_file

RETAINED_DAYS = 7
"""How many archived days of each source retain their closed folder, so that they can be archived again."""

_REMOVED = ".removed"

_log = logging.getLogger(__name__)


def prune(data_dir: Path, storage: Storage) -> list[ClosedDay]:
    """Remove the closed folders that are no longer needed and return their days."""
    for leftover in (data_dir / "closed").glob(f"*/*{_REMOVED}"):
        shutil.rmtree(leftover)
    closed = all_closed_days(data_dir)
    oldest_retained = {source: _oldest_retained(source) for source in {day.source for day in closed}}
    removed = []
    for day in closed:
        oldest = oldest_retained[day.source]
        if oldest and day.day < oldest and _is_archived(day, storage):
            _remove(day.folder)
            removed.append(day)
    _remove_race_and_dropped(data_dir)
    return removed


def _remove_race_and_dropped(data_dir: Path) -> None:
    """Remove the race and the dropped posts of old days that have no folder."""
    for source, day, path in (*race_files(data_dir), *dropped_files(data_dir)):
        oldest = _oldest_retained(source)
        if oldest and day < oldest and not closed_day_folder(data_dir, source, day).exists():
            path.unlink()


def _oldest_retained(source: str) -> date | None:
    """Return the oldest day of the RETAINED_DAYS newest archived ones, None while there are fewer."""
    newest = Day.objects.filter(source=source).order_by("-date").values_list("date", flat=True)[:RETAINED_DAYS]
    return min(newest) if len(newest) == RETAINED_DAYS else None


def _is_archived(closed: ClosedDay, storage: Storage) -> bool:
    day = Day.objects.filter(source=closed.source, date=closed.day).first()
    if not day:
        return False
    prefix = day_prefix(closed.source, closed.day)
    files = [(PARQUET_NAME, day.parquet_bytes), (CSV_NAME, day.csv_bytes)]
    if day.race_bytes:
        files.append((RACE_NAME, day.race_bytes))
    if all(has_file(storage, f"{prefix}/{name}", size) for name, size in files):
        return True
    _log.warning("%s is archived, but storage lacks its files: %s stays", closed, closed.folder)
    return False


def _remove(folder: Path) -> None:
    # Rename first: a folder that is half removed must not look like a closed day.
    removed = folder.rename(folder.with_name(folder.name + _REMOVED))
    shutil.rmtree(removed)
