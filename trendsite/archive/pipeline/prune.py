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
from trendsite.archive.pipeline.archive_errors import StorageError
from trendsite.archive.pipeline.layout import day_keys, earlier_keys
from trendsite.archive.pipeline.manifest import read_manifest
from trendsite.archive.pipeline.storage_files import size_of

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
    if all(size_of(storage, key) == size for key, size in _stored_sizes(day, storage).items()):
        return True
    _log.warning("%s is archived, but storage lacks its files: %s stays", closed, closed.folder)
    return False


def _stored_sizes(day: Day, storage: Storage) -> dict[str, int]:
    """Return the size of each file that storage should have of a day."""
    try:
        if manifest := read_manifest(storage, day.source, day.date):
            return {file.key: file.bytes for file in manifest.files}
    except StorageError:
        return {day_keys(day.source, day.date).manifest: 0}
    # An earlier version archived the day; its files have no manifest.
    keys = earlier_keys(day.source, day.date)
    sizes = {keys.parquet: day.parquet_bytes, keys.csv: day.csv_bytes}
    return {**sizes, keys.race: day.race_bytes} if day.race_bytes else sizes


def _remove(folder: Path) -> None:
    # Rename first: a folder that is half removed must not look like a closed day.
    removed = folder.rename(folder.with_name(folder.name + _REMOVED))
    shutil.rmtree(removed)
