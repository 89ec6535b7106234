"""Writes a stored copy to the database, in one transaction: all of it, or nothing.

Into a database without accounts, as ``manage.py migrate`` makes it, everything comes back as it was, and rows of the
migrations (roles, languages) are replaced. In another one, rows that exist stay as they are unless ``replace`` is
given, and the result counts those that differ.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from django.contrib.auth.models import User
from django.core.files.storage import Storage
from django.db import Error as DatabaseError
from django.db import transaction
from django.db.models import Model

from trendsite.archive.pipeline.archive_errors import StorageError
from trendsite.archive.pipeline.storage_files import download
from trendsite.archive.site_copy.copy_file import Row, check_copy, read_copy
from trendsite.archive.site_copy.nightly import copy_name, stored_copies
from trendsite.archive.site_copy.rows import RowWriter, UnusableRowError, key_of, rows_of
from trendsite.archive.site_copy.tables import TABLES, Table

_Fate = Literal["added", "replaced", "kept", "equal"]


@dataclass
class RestoredSite:
    """What became of a copy's rows, by table, and why some are not in the database."""

    day: date
    added: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    unusable: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """Return the result for people to read."""
        lines = [f"site data of {self.day}: {_listed(self.added) or 'nothing'} added"]
        if self.replaced:
            lines.append(f"replaced: {_listed(self.replaced)}")
        if self.kept:
            lines.append(
                f"kept, though the copy differs: {_listed(self.kept)}; --replace takes the copy's rows instead"
            )
        if self.unusable:
            lines += [f"left out: {reason} ({count:,})" for reason, count in sorted(self.unusable.items())]
        return lines


def restore_site(storage: Storage, staging: Path, day: date | None = None, replace: bool = False) -> RestoredSite:
    """Restore the newest copy, or the newest of ``day`` or before. ``staging`` is a folder for its file.

    Raises:
        StorageError: there is no such copy, it is damaged, or of a later version.
        django.db.Error: the database is away or not migrated.
    """
    days = [stored for stored in stored_copies(storage) if day is None or stored <= day]
    if not days:
        raise StorageError(f"storage has no copy of the site's data{f' of {day} or before' if day else ''}")
    local = fetch_copy(storage, staging, days[-1])
    with transaction.atomic():
        restore = _Restore(days[-1], replace or not User.objects.exists())
        return restore.run(read_copy(local, copy_name(days[-1])))


def fetch_copy(storage: Storage, staging: Path, day: date) -> Path:
    """Download the copy of a day into ``staging``, and return the file once it is checked.

    Raises:
        StorageError: there is no such copy, it is damaged, or of a later version.
    """
    name = copy_name(day)
    local = staging / name
    if not download(storage, name, local):
        raise StorageError(f"{name} is missing")
    check_copy(local, name)
    return local


class _Restore:
    """One restore: the rows of the copy, one table after the other."""

    def __init__(self, day: date, replace: bool) -> None:
        self._replace = replace
        self._writer = RowWriter()
        self._result = RestoredSite(day)
        self._existing: dict[str, dict[str, tuple[Model, dict[str, object]]]] = {}

    def run(self, rows: Iterable[Row]) -> RestoredSite:
        tables = {table.label: table for table in TABLES}
        for row in rows:
            table = tables.get(row.table)
            if table is None:
                self._result.unusable[f"{row.table}, which this version does not have"] += 1
                continue
            try:
                counter: Counter[str] = getattr(self._result, self._restore(table, row.fields))
                counter[table.label] += 1
            except UnusableRowError as error:
                self._result.unusable[str(error)] += 1
        return self._result

    def _restore(self, table: Table, fields: dict[str, object]) -> _Fate:
        if table.label not in self._existing:
            self._existing[table.label] = {key_of(table, found): (row, found) for row, found in rows_of(table)}
        known = self._writer.known_fields(table, fields)
        row, found = self._existing[table.label].get(key_of(table, known), (None, {}))
        if row and found | known == found:
            return "equal"
        if row and not self._replace:
            return "kept"
        try:
            with transaction.atomic():
                self._writer.write(table, known, row)
        except DatabaseError as error:
            raise UnusableRowError(f"{table.label}: refused by the database ({type(error).__name__})") from None
        return "replaced" if row else "added"


def _listed(counter: Counter[str]) -> str:
    return ", ".join(table.counted(counter[table.label]) for table in TABLES if counter[table.label])
