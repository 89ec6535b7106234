"""Removes closed folders, and what was recorded of their days, once they are not needed: DATA_DIR stays bounded.

A folder goes once its day is archived, storage still holds its files at their size, and newer
days of the same source have been archived after it. Race and dropped posts go after their day's folder.
"""

import logging
import shutil
from datetime import date
from pathlib import Path

from django.core.files.storage import Storage

from contract.closed_day import closed_day_folder
from contract.dropped import dropped_files
from contract.race import race_files
from trendsite.history.archive import ClosedDay, all_closed_days
from trendsite.history.export import CSV_NAME, PARQUET_NAME
from trendsite.history.models import Day
from trendsite.history.race_export import RACE_NAME
from trendsite.history.stored import day_prefix, holds

KEPT_DAYS = 7
"""Archived days of each source whose closed folders stay, to be archived again at need."""

_REMOVED = ".removed"

_log = logging.getLogger(__name__)


def prune(data_dir: Path, storage: Storage) -> list[ClosedDay]:
    """Remove the closed folders that are no longer needed and return their days."""
    for leftover in (data_dir / "closed").glob(f"*/*{_REMOVED}"):
        shutil.rmtree(leftover)
    closed = all_closed_days(data_dir)
    oldest_kept = {source: _oldest_kept(source) for source in {day.source for day in closed}}
    removed = []
    for day in closed:
        oldest = oldest_kept[day.source]
        if oldest and day.day < oldest and _is_archived(day, storage):
            _remove(day.folder)
            removed.append(day)
    _remove_records(data_dir)
    return removed


def _remove_records(data_dir: Path) -> None:
    """Remove what was recorded of days so old that their folders, if they ever were, are removed."""
    for source, day, path in (*race_files(data_dir), *dropped_files(data_dir)):
        oldest = _oldest_kept(source)
        if oldest and day < oldest and not closed_day_folder(data_dir, source, day).exists():
            path.unlink()


def _oldest_kept(source: str) -> date | None:
    """Return the oldest of the newest archived days; None while there are too few to remove any."""
    newest = Day.objects.filter(source=source).order_by("-date").values_list("date", flat=True)[:KEPT_DAYS]
    return min(newest) if len(newest) == KEPT_DAYS else None


def _is_archived(closed: ClosedDay, storage: Storage) -> bool:
    day = Day.objects.filter(source=closed.source, date=closed.day).first()
    if not day:
        return False
    prefix = day_prefix(closed.source, closed.day)
    files = [(PARQUET_NAME, day.parquet_bytes), (CSV_NAME, day.csv_bytes)]
    if day.race_bytes:
        files.append((RACE_NAME, day.race_bytes))
    if all(holds(storage, f"{prefix}/{name}", size) for name, size in files):
        return True
    _log.warning("%s is archived but storage lacks its files: kept %s", closed, closed.folder)
    return False


def _remove(folder: Path) -> None:
    # Out of sight first: half a folder must never be taken for a closed day.
    removed = folder.rename(folder.with_name(folder.name + _REMOVED))
    shutil.rmtree(removed)
