"""The archive's files in storage: their names, storing them, checking that they are there, and reading them back.

Storage is any Django storage, a folder or S3 (settings.STORAGES["archive"]).
"""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage

from trendsite.archive.pipeline.archive_errors import StorageError

PARQUET_NAME = "counts.parquet"
CSV_NAME = "counts.csv"
RACE_NAME = "race.ndjson.gz"
DROPPED_NAME = "dropped.json"


class _LocalFile(File):  # type: ignore[type-arg]  # generic only in its stubs
    """A file on disk. A storage folder moves it instead of copying it, which puts it in place in one step."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def day_prefix(source: str, day: date) -> str:
    """Return the folder of a day in storage, in the ``name=value`` style that query engines read."""
    return f"day={day.isoformat()}/source={source}"


def stored_days(storage: Storage) -> Iterator[tuple[str, date]]:
    """Yield (source, day) of each day whose counts are in storage, in no order."""
    for folder in _folders(storage, ""):
        day = _value(folder, "day")
        for inner in _folders(storage, folder) if day else ():
            source = _value(inner, "source")
            try:
                if source and storage.exists(f"{folder}/{inner}/{PARQUET_NAME}"):
                    yield source, date.fromisoformat(day)
            except ValueError:
                continue


def put(storage: Storage, name: str, local: Path) -> int:
    """Store a local file under ``name``, in place of an older one, and return its size in bytes.

    Raises:
        StorageError: storage has something else afterwards.
    """
    size = local.stat().st_size
    with local.open("rb") as handle:
        stored_name = storage.save(name, _LocalFile(handle, name=str(local)))
    if stored_name != name:
        raise StorageError(f"storage renamed {name} to {stored_name}: it must overwrite")
    if storage.size(name) != size:
        raise StorageError(f"storage holds {storage.size(name)} bytes of {name}, not {size}")
    return size


def put_or_delete(storage: Storage, name: str, local: Path) -> int:
    """Store a local file like ``put``. Without a local file, delete the stored one and return 0.

    Raises:
        StorageError: storage has something else afterwards.
    """
    if local.exists():
        return put(storage, name, local)
    if storage.exists(name):
        storage.delete(name)
    return 0


def has_file(storage: Storage, name: str, size: int) -> bool:
    """Return whether storage has a file of that name and size in bytes, which is not empty."""
    return size > 0 and storage.exists(name) and storage.size(name) == size


def size_of(storage: Storage, name: str) -> int:
    """Return the size of a stored file in bytes, 0 without one."""
    return storage.size(name) if storage.exists(name) else 0


def download(storage: Storage, name: str, target: Path) -> bool:
    """Copy a stored file to a local one; return False if storage does not have it."""
    if not storage.exists(name):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with storage.open(name) as stored, target.open("wb") as local:
        shutil.copyfileobj(stored, local)
    return True


def display_location(storage: Storage) -> str:
    """Return where a storage has its files, for people to read."""
    bucket = getattr(storage, "bucket_name", None)
    location = str(getattr(storage, "location", ""))
    return f"s3://{bucket}/{location}".rstrip("/") if bucket else location


def _folders(storage: Storage, folder: str) -> list[str]:
    try:
        return list(storage.listdir(folder)[0])
    except FileNotFoundError:
        return []


def _value(folder: str, name: str) -> str:
    """Return the value of a folder ``name=value``, empty for another folder."""
    found, _, value = folder.partition("=")
    return value if found == name else ""
