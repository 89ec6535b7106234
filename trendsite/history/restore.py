"""Makes a day again from what storage has of it: the way back of trendsite.history.archive.

What storage has is laid out as streaming left it, in a folder of its own, and read as every closed day is: whole and
checked, or not at all. Counts whose files say less than today's are not taken back; they stay as they are.
"""

import gzip
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from django.core.files.storage import Storage

from contract.closed_day import closed_day_folder
from contract.dropped import read_dropped
from contract.language import ALL_LANGUAGES
from trendsite.history.archive import DROPPED_NAME, ArchivedDay, ClosedDay
from trendsite.history.closed_counts import read_counts
from trendsite.history.export import CSV_NAME, PARQUET_NAME
from trendsite.history.models import KEPT_RANKS
from trendsite.history.race_export import RACE_NAME, export_race
from trendsite.history.record import FileSizes, record
from trendsite.history.stored import StorageError, day_prefix
from trendsite.history.summary import DaySummary


def stored_days(storage: Storage) -> Iterator[tuple[str, date]]:
    """Yield (source, day) of each day that storage has, in no order."""
    for folder in _folders_in(storage, ""):
        day = _value(folder, "day")
        for inner in _folders_in(storage, folder) if day else ():
            source = _value(inner, "source")
            try:
                if source and storage.exists(f"{folder}/{inner}/{PARQUET_NAME}"):
                    yield source, date.fromisoformat(day)
            except ValueError:
                continue


def fetch_day(storage: Storage, source: str, day: date, into: Path) -> ClosedDay:
    """Lay a day out in the folder ``into`` as streaming and collector would have in DATA_DIR.

    Raises:
        StorageError: storage does not have the day.
    """
    prefix = day_prefix(source, day)
    closed = ClosedDay(source, day, closed_day_folder(into, source, day))
    if not storage.exists(f"{prefix}/{PARQUET_NAME}"):
        raise StorageError(f"storage has no {prefix}/{PARQUET_NAME}")
    _fetch(storage, f"{prefix}/{PARQUET_NAME}", closed.folder / PARQUET_NAME)
    if storage.exists(f"{prefix}/{RACE_NAME}"):
        _fetch(storage, f"{prefix}/{RACE_NAME}", into / RACE_NAME)
        closed.recording.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(into / RACE_NAME) as packed, closed.recording.open("wb") as recording:
            shutil.copyfileobj(packed, recording)
    if storage.exists(f"{prefix}/{DROPPED_NAME}"):
        _fetch(storage, f"{prefix}/{DROPPED_NAME}", closed.dropped)
    return closed


def restore_day(storage: Storage, source: str, day: date, staging: Path) -> ArchivedDay:
    """Write the rows of a day anew from what storage has of it, which stays as it is.

    A day that the database has lost counts as archived when storage got it.

    Raises:
        BrokenDayError: the stored counts cannot be used.
        StorageError: storage does not have the day.
    """
    closed = fetch_day(storage, source, day, staging / "stored")
    summary = DaySummary(KEPT_RANKS)
    for batch in read_counts(closed.folder):
        summary.add(batch)
    summary.races = export_race(closed.recording, day, summary, staging / RACE_NAME)
    summary.dropped = read_dropped(closed.dropped)
    prefix = day_prefix(source, day)
    sizes: FileSizes = {
        "parquet_bytes": _size(storage, f"{prefix}/{PARQUET_NAME}"),
        "csv_bytes": _size(storage, f"{prefix}/{CSV_NAME}"),
        "race_bytes": _size(storage, f"{prefix}/{RACE_NAME}"),
    }
    record(source, day, summary, sizes, _stored_at(storage, f"{prefix}/{PARQUET_NAME}"))
    everything = summary.languages[ALL_LANGUAGES]
    stored = sizes["parquet_bytes"] + sizes["csv_bytes"] + sizes["race_bytes"]
    return ArchivedDay(everything.posts, everything.hashtags, stored, prefix)


def _fetch(storage: Storage, name: str, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    with storage.open(name) as stored, to.open("wb") as local:
        shutil.copyfileobj(stored, local)


def _size(storage: Storage, name: str) -> int:
    return storage.size(name) if storage.exists(name) else 0


def _stored_at(storage: Storage, name: str) -> datetime:
    return storage.get_modified_time(name)


def _folders_in(storage: Storage, folder: str) -> list[str]:
    try:
        return list(storage.listdir(folder)[0])
    except FileNotFoundError:
        return []


def _value(folder: str, name: str) -> str:
    """Return the value of a folder ``name=value``, empty for another folder."""
    found, _, value = folder.partition("=")
    return value if found == name else ""
