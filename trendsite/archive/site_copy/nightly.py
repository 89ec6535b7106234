"""Stores a copy each day, and removes the oldest. Days are UTC.

The first run of a day makes the day's copy, and further runs leave it. So a database that is lost during a day, and
begun anew, does not replace the copy of the lost one.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage, Storage
from django.db import transaction

from trendsite.archive.pipeline.archive_errors import reason
from trendsite.archive.pipeline.storage_files import put
from trendsite.archive.site_copy.copy_file import Row, write_copy
from trendsite.archive.site_copy.rows import rows_of
from trendsite.archive.site_copy.tables import TABLES

SITE_FOLDER = "_site"
"""Beside the table of days, whose readers pass over names that begin with an underscore."""

RETAINED_COPIES = 30

_ENDING = ".ndjson.gz"

_log = logging.getLogger(__name__)


def copy_name(day: date) -> str:
    """Return the name of a day's copy in storage."""
    return f"{SITE_FOLDER}/{day.isoformat()}{_ENDING}"


def store_copy(storage: Storage, staging: Path, now: datetime) -> int | None:
    """Store the copy of today unless it is stored. Return the number of its rows, None if it was there before.

    ``staging`` is a folder for files on their way to storage.

    Raises:
        StorageError: storage did not store it as given.
        django.db.Error: the database is away or not migrated.
    """
    private = private_storage(storage)
    name = copy_name(now.date())
    if private.exists(name):
        return None
    local = staging / name.replace("/", "-")
    with transaction.atomic():
        rows = write_copy(local, now, _all_rows())
    put(private, name, local)
    _remove_oldest(private)
    return rows


def stored_copies(storage: Storage) -> list[date]:
    """Return the days that have a copy in storage, oldest first."""
    try:
        names = storage.listdir(SITE_FOLDER)[1]
    except FileNotFoundError:
        return []
    days = []
    for name in names:
        try:
            days.append(date.fromisoformat(name.removesuffix(_ENDING)))
        except ValueError:
            continue  # not ours
    return sorted(days)


def private_storage(storage: Storage) -> Storage:
    """Return the storage whose new files are for their owner only, where files have owners: copies have secrets."""
    if not isinstance(storage, FileSystemStorage):
        private: Storage = storage.private() if hasattr(storage, "private") else storage
        return private
    root = Path(storage.location)
    if not root.exists():
        root.mkdir(parents=True)
        if storage.directory_permissions_mode is not None:
            root.chmod(storage.directory_permissions_mode)
    return FileSystemStorage(
        location=root, allow_overwrite=True, file_permissions_mode=0o600, directory_permissions_mode=0o700
    )


def _all_rows() -> Iterator[Row]:
    for table in TABLES:
        for _, fields in rows_of(table):
            yield Row(table.label, fields)


def _remove_oldest(storage: Storage) -> None:
    for day in stored_copies(storage)[:-RETAINED_COPIES]:
        try:
            storage.delete(copy_name(day))
        except Exception as error:  # noqa: BLE001 - some storages allow no program to delete; the copy is stored
            _log.warning("%s was not removed: %s", copy_name(day), reason(error))
            return
