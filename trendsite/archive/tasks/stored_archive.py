"""What can be done with the days in storage, for ``manage.py archive``: list, verify, restore, rewrite.

The copies of the site's data lie beside the days. Storage is enough for it: no part of Trendsite runs, and no Redis.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.core.files.storage import Storage
from django.db import Error as DatabaseError

from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_errors import StorageError, reason
from trendsite.archive.pipeline.database_lock import exclusive_database
from trendsite.archive.pipeline.layout import StoredDay, day_keys, leftovers, stored_days
from trendsite.archive.pipeline.manifest import read_manifest
from trendsite.archive.pipeline.staging import emptied, exclusive_folder, staging
from trendsite.archive.pipeline.storage_files import display_location
from trendsite.archive.pipeline.stored_day import Fault, faults_of, restore_day, rewrite_day
from trendsite.archive.site_copy.nightly import copy_name, stored_copies
from trendsite.archive.site_copy.restore import fetch_copy, restore_site

NO_MANIFEST = "no manifest (earlier layout; --rewrite writes one)"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choice:
    """The days to work on: of one date, of one source, or all."""

    day: date | None = None
    source: str | None = None

    def includes(self, source: str, day: date) -> bool:
        """Return whether a day is chosen."""
        return self.day in (None, day) and self.source in (None, source)


class StoredArchive:
    """The archive in one storage."""

    def __init__(self, data_dir: Path, storage: Storage, choice: Choice, print_line: Callable[[str], None]) -> None:
        """Work in a folder of ``data_dir``, and print one line for each day."""
        self._data_dir = data_dir
        self._storage = storage
        self._choice = choice
        self._print_line = print_line

    def print_days(self) -> None:
        """Print the chosen days, oldest first, as their manifests describe them."""
        days = self._chosen()
        known = _known_days()
        for stored in days:
            line = f"{stored}: {self._description(stored)}"
            is_missing = known is not None and (stored.source, stored.day) not in known
            self._print_line(f"{line}; not in the database" if is_missing else line)
        self._print_line(f"{_days(len(days))} in {display_location(self._storage)}")
        if copies := self._chosen_copies():
            self._print_line(f"{_copies(copies)}, {copies[0]} to {copies[-1]}")

    def verify(self) -> list[Fault]:
        """Read every file of the chosen days and print what is damaged or missing. Return it."""
        days = self._chosen()
        faults = list(self._missing_days(days))
        unproved = 0
        with self._scratch() as folder:
            for number, stored in enumerate(days, start=1):
                found = faults_of(self._storage, stored, emptied(folder))
                faults += found
                unproved += stored.is_earlier_layout
                well = NO_MANIFEST if stored.is_earlier_layout else "well"
                self._print_line(f"{number} of {len(days)}: {stored}: {'; '.join(map(str, found)) or well}")
            faults += self._damaged_copies(folder)
        note = f"; {_days(unproved)} without a manifest, whose counts were read and checked" if unproved else ""
        self._print_line(f"{_days(len(days))} verified, damaged or missing files: {len(faults)}{note}")
        return faults

    def restore(self) -> list[str]:
        """Write the database rows of the chosen days anew. Return the days that failed; such a day stops no other.

        Raises:
            BusyError: another process archives.
        """
        return self._each(self._chosen(), self._restore, "restored")

    def restore_site(self, replace: bool, *, must_exist: bool) -> list[str]:
        """Restore the newest copy of the site's data until the chosen day. Return its name if that failed.

        Without any copy this is a failure only if there ``must_exist`` one.

        Raises:
            BusyError: another process archives.
        """
        if not (must_exist or stored_copies(self._storage)):
            return []
        with staging(self._data_dir) as folder, exclusive_database():
            try:
                restored = restore_site(self._storage, folder, self._choice.day, replace)
            except StorageError as error:
                self._print_line(f"site data: not restored: {error}")
                return ["site data"]
        for line in restored.lines():
            self._print_line(line)
        return []

    def rewrite(self) -> list[str]:
        """Rewrite the chosen days that are not in the layout of this version. Return the days that failed.

        Raises:
            BusyError: another process archives.
        """
        return self._each([day for day in self._chosen() if not day.is_current], self._rewrite, "rewritten")

    def _chosen(self) -> list[StoredDay]:
        return [stored for stored in stored_days(self._storage) if self._choice.includes(stored.source, stored.day)]

    def _chosen_copies(self) -> list[date]:
        """Return the days of the chosen copies of the site's data; they belong to no source."""
        copies = [] if self._choice.source else stored_copies(self._storage)
        return [day for day in copies if self._choice.day in (None, day)]

    def _damaged_copies(self, folder: Path) -> list[Fault]:
        copies = self._chosen_copies()
        faults = []
        for day in copies:
            name = copy_name(day)
            try:
                fetch_copy(self._storage, emptied(folder), day)
            except StorageError as error:
                faults.append(Fault(name, str(error).removeprefix(f"{name} ")))
                self._print_line(str(faults[-1]))
        if copies:
            self._print_line(f"{_copies(copies)} verified, damaged: {len(faults)}")
        return faults

    def _description(self, stored: StoredDay) -> str:
        if not stored.has_manifest:
            return NO_MANIFEST if stored.is_earlier_layout else "incomplete, no manifest"
        try:
            manifest = read_manifest(self._storage, stored.source, stored.day)
        except RuntimeError as error:
            return str(error)
        if manifest is None:
            return "no manifest anymore"
        size = sum(file.bytes for file in manifest.files)
        left = leftovers(stored.source, stored.day, stored.keys)
        more = f"; {len(left)} files of an earlier layout (--rewrite removes them)" if left else ""
        return (
            f"{manifest.posts:,} posts, {manifest.hashtags:,} hashtags, {len(manifest.files)} files, {size:,} bytes, "
            f"Trendsite {manifest.trendsite}{more}"
        )

    def _missing_days(self, days: list[StoredDay]) -> Iterator[Fault]:
        """Yield the days that the database has and storage does not."""
        stored = {(day.source, day.day) for day in days}
        for source, day in sorted(_known_days() or (), key=lambda known: (known[1], known[0])):
            if self._choice.includes(source, day) and (source, day) not in stored:
                fault = Fault(day_keys(source, day).manifest, "missing, with every other file of the day")
                self._print_line(f"{day} ({source}): {fault}")
                yield fault

    def _each(self, days: list[StoredDay], work: Callable[[StoredDay, Path], str], done: str) -> list[str]:
        failed = []
        with staging(self._data_dir) as folder, exclusive_database():
            for number, stored in enumerate(days, start=1):
                try:
                    outcome = work(stored, emptied(folder))
                except Exception as error:  # noqa: BLE001 - no error of one day may stop the others
                    _log.error("%s was not %s: %s", stored, done, reason(error))
                    failed.append(str(stored))
                    outcome = f"not {done}: {reason(error)}"
                self._print_line(f"{number} of {len(days)}: {stored}: {outcome}")
        self._print_line(f"{_days(len(days) - len(failed))} {done}")
        return failed

    def _restore(self, stored: StoredDay, folder: Path) -> str:
        restored = restore_day(self._storage, stored.source, stored.day, folder)
        return f"{restored.posts:,} posts, {restored.hashtags:,} hashtags"

    def _rewrite(self, stored: StoredDay, folder: Path) -> str:
        _, _, manifest = rewrite_day(self._storage, stored.source, stored.day, folder, lambda *_rows: None)
        keys = day_keys(stored.source, stored.day)
        Day.objects.filter(source=stored.source, date=stored.day).update(
            parquet_bytes=manifest.size_of(keys.parquet),
            csv_bytes=manifest.size_of(keys.csv),
            race_bytes=manifest.size_of(keys.race),
        )
        return f"{manifest.rows:,} rows, {len(manifest.files)} files and the manifest"

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        with exclusive_folder(self._data_dir / "verifying", "verification") as folder:
            yield folder


def _known_days() -> set[tuple[str, date]] | None:
    """Return the (source, day) that the database has, None without a database."""
    try:
        return set(Day.objects.values_list("source", "date"))
    except DatabaseError:
        return None


def _copies(days: list[date]) -> str:
    return "1 copy of the site's data" if len(days) == 1 else f"{len(days)} copies of the site's data"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number:,} days"
