"""A day in storage, in any layout: fetched, restored to the database, rewritten in the layout of this version, checked.

None of it needs what streaming left.
"""

import gzip
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.core.files.storage import Storage

from contract.closed_day import closed_day_folder
from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_day import (
    ArchivedDay,
    ClosedDay,
    Progress,
    counts_of,
    record_day,
    record_rows,
    store_day,
    summarise,
)
from trendsite.archive.pipeline.archive_errors import BrokenDayError, StorageError
from trendsite.archive.pipeline.database import DaySummary, FileSizes
from trendsite.archive.pipeline.layout import (
    PARQUET_NAME,
    RACE_NAME,
    StoredDay,
    day_keys,
    earlier_keys,
    keys_of_day,
    replaced_files,
    replaced_key,
)
from trendsite.archive.pipeline.manifest import Manifest, read_manifest
from trendsite.archive.pipeline.staging import emptied
from trendsite.archive.pipeline.storage_files import described, download, download_verified, fault_of, put, size_of


@dataclass(frozen=True)
class Fault:
    """One object of a day that is damaged or missing, by its key."""

    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.key}: {self.what}"


def restore_day(storage: Storage, source: str, day: date, staging: Path) -> ArchivedDay:
    """Write the database rows of a day again from its stored files, which stay as they are.

    The counts pass the same checks as those of every closed day.

    Raises:
        BrokenDayError: the stored counts cannot be used.
        StorageError: storage does not have the day, or a file of it is damaged.
    """
    closed, manifest = fetch_day(storage, source, day, staging / "stored")
    summary = summarise(closed, staging, lambda _batch: None)
    if manifest:
        return record_day(closed, summary, manifest)
    return record_rows(
        closed,
        summary,
        _sizes_without_manifest(storage, closed),
        storage.get_modified_time(day_keys(source, day).parquet),
    )


def rewrite_day(
    storage: Storage, source: str, day: date, staging: Path, progress: Progress
) -> tuple[ClosedDay, DaySummary, Manifest]:
    """Write a day's files again from storage itself, in the layout of this version; the database stays as it is.

    It may be interrupted anywhere and repeated. A file is removed only once what replaces it was read back: until
    then, a copy of the Parquet lies beside it under a name with its checksum.

    Raises:
        BrokenDayError: the stored counts cannot be used.
        StorageError: storage does not have the day, or did not store a file as given.
    """
    closed, _ = fetch_day(storage, source, day, staging / "stored")
    parquet = closed.folder / PARQUET_NAME
    checksum = described("", parquet).sha256
    put(storage, replaced_key(source, day, checksum), Path(shutil.copy(parquet, staging / "replaced")))
    row = Day.objects.filter(source=source, date=day).first()
    archived_at = row.archived_at if row else storage.get_modified_time(day_keys(source, day).parquet)
    summary, manifest = store_day(closed, storage, staging, archived_at, progress)
    return closed, summary, manifest


def fetch_day(storage: Storage, source: str, day: date, folder: Path) -> tuple[ClosedDay, Manifest | None]:
    """Download a day's files into ``folder``, laid out as in DATA_DIR. Return it with its manifest, if there is one.

    Raises:
        StorageError: storage does not have the day, or a file differs from its manifest. The message names its key.
    """
    closed = ClosedDay(source, day, closed_day_folder(folder, source, day), is_from_storage=True)
    manifest = read_manifest(storage, source, day)
    if manifest:
        _fetch_by_manifest(storage, closed, manifest, folder)
    else:
        _fetch_without_manifest(storage, closed, folder)
    if (folder / RACE_NAME).exists():
        closed.race_path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(folder / RACE_NAME) as packed, closed.race_path.open("wb") as recording:
            shutil.copyfileobj(packed, recording)
    return closed, manifest


def faults_of(storage: Storage, stored: StoredDay, staging: Path) -> list[Fault]:
    """Read every file of a day and return what is damaged or missing.

    A day of an earlier layout has no checksums. Its counts must be readable and pass the checks of every closed day.
    """
    keys = day_keys(stored.source, stored.day)
    try:
        manifest = read_manifest(storage, stored.source, stored.day)
    except StorageError as error:
        return [Fault(keys.manifest, str(error).removeprefix(f"{keys.manifest} is "))]
    if manifest:
        found = ((file.key, fault_of(storage, file)) for file in manifest.files)
        return [Fault(key, what) for key, what in found if what]
    if not stored.is_earlier_layout:
        missing = {keys.parquet, keys.manifest} - stored.keys
        return [Fault(key, "missing") for key in sorted(missing)]
    return list(_faults_of_earlier_layout(storage, stored, staging))


def _fetch_by_manifest(storage: Storage, closed: ClosedDay, manifest: Manifest, folder: Path) -> None:
    keys = day_keys(closed.source, closed.day)
    targets = {
        keys.parquet: closed.folder / PARQUET_NAME,
        keys.pairs: closed.pairs_path,
        keys.race: folder / RACE_NAME,
        keys.dropped: closed.dropped_path,
    }
    for key, target in targets.items():
        if file := manifest.file(key):
            download_verified(storage, file, target)


def _fetch_without_manifest(storage: Storage, closed: ClosedDay, folder: Path) -> None:
    keys, earlier = day_keys(closed.source, closed.day), earlier_keys(closed.source, closed.day)
    _fetch_parquet(storage, closed, closed.folder / PARQUET_NAME)
    if not download(storage, earlier.race, folder / RACE_NAME):
        download(storage, keys.race, folder / RACE_NAME)
    if not download(storage, earlier.dropped, closed.dropped_path):
        download(storage, keys.dropped, closed.dropped_path)


def _fetch_parquet(storage: Storage, closed: ClosedDay, target: Path) -> None:
    """Download the Parquet; if a rewrite of it was interrupted, the whole copy of what it was before."""
    for key, checksum in replaced_files(keys_of_day(storage, closed.source, closed.day)).items():
        if download(storage, key, target) and described(key, target).sha256 == checksum:
            return
    key = day_keys(closed.source, closed.day).parquet
    if not download(storage, key, target):
        raise StorageError(f"storage has no {key}")


def _faults_of_earlier_layout(storage: Storage, stored: StoredDay, staging: Path) -> Iterator[Fault]:
    keys = day_keys(stored.source, stored.day)
    try:
        closed, _ = fetch_day(storage, stored.source, stored.day, emptied(staging / "stored"))
        for _ in counts_of(closed):
            pass
    except StorageError:
        yield Fault(keys.parquet, "missing")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield Fault(earlier_keys(stored.source, stored.day).race, f"not readable: {error}")
    except BrokenDayError as error:
        yield Fault(keys.parquet, str(error).rpartition("/")[2])


def _sizes_without_manifest(storage: Storage, closed: ClosedDay) -> FileSizes:
    keys, earlier = day_keys(closed.source, closed.day), earlier_keys(closed.source, closed.day)
    return {
        "parquet_bytes": size_of(storage, keys.parquet) or 0,
        "csv_bytes": size_of(storage, earlier.csv) or size_of(storage, keys.csv) or 0,
        "race_bytes": size_of(storage, earlier.race) or size_of(storage, keys.race) or 0,
    }
