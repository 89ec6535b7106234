"""The archive's files in storage: their names, putting them there, and making sure that they are there.

Storage is any Django storage: a folder or S3 (settings.STORAGES["archive"]).
"""

from datetime import date
from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage


class StorageError(RuntimeError):
    """Storage did not keep a file as it was given. The message is one line."""


class _LocalFile(File):  # type: ignore[type-arg]  # generic only in its stubs
    """A file on disk that storage may move instead of copy, which puts it in place in one step."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def day_prefix(source: str, day: date) -> str:
    """Return the folder of a day in storage, in the ``name=value`` style that query engines read."""
    return f"day={day.isoformat()}/source={source}"


def put(storage: Storage, name: str, local: Path) -> int:
    """Store a local file under ``name``, over what was there, and return its size in bytes.

    Raises:
        StorageError: storage holds something else afterwards.
    """
    size = local.stat().st_size
    with local.open("rb") as handle:
        stored_name = storage.save(name, _LocalFile(handle, name=str(local)))
    if stored_name != name:
        raise StorageError(f"storage renamed {name} to {stored_name}: it must overwrite")
    if storage.size(name) != size:
        raise StorageError(f"storage holds {storage.size(name)} bytes of {name}, not {size}")
    return size


def put_if_there(storage: Storage, name: str, local: Path) -> int:
    """Store a local file like ``put``; if there is none, let storage have none under ``name`` either, and return 0.

    Raises:
        StorageError: storage holds something else afterwards.
    """
    if local.exists():
        return put(storage, name, local)
    if storage.exists(name):
        storage.delete(name)
    return 0


def holds(storage: Storage, name: str, size: int) -> bool:
    """Return whether storage has a file of that name and size in bytes."""
    return size > 0 and storage.exists(name) and storage.size(name) == size


def place(storage: Storage) -> str:
    """Return where a storage keeps its files, for people to read."""
    bucket = getattr(storage, "bucket_name", None)
    location = str(getattr(storage, "location", ""))
    return f"s3://{bucket}/{location}".rstrip("/") if bucket else location
