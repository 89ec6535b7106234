"""One run of the archive, for ``manage.py archive`` and ``manage.py backfill``: closed days, tasks, then pruning."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

from django.core.files.storage import Storage

from trendsite.archive.pipeline.archive_day import ClosedDay, archive_day
from trendsite.archive.pipeline.archive_errors import public_reason, reason
from trendsite.archive.pipeline.database_lock import exclusive_database
from trendsite.archive.pipeline.prune import prune
from trendsite.archive.pipeline.staging import emptied, staging
from trendsite.archive.pipeline.storage_files import display_location
from trendsite.archive.site_copy.nightly import SITE_FOLDER
from trendsite.archive.tasks.worker import TaskWorker

PROGRESS_ROWS = 1_000_000

_log = logging.getLogger(__name__)


class Archiver:
    """Archives the closed days of one DATA_DIR into one storage."""

    def __init__(
        self, data_dir: Path, storage: Storage, now: Callable[[], datetime], print_line: Callable[[str], None]
    ) -> None:
        """Print progress and results with ``print_line``."""
        self._data_dir = data_dir
        self._storage = storage
        self._now = now
        self._print_line = print_line
        self.error = ""
        """Why the latest failed day of the last ``run`` or its copy failed, for anyone to read; empty without one."""
        self.on_progress: Callable[[], object] = lambda: None
        """Called after each step: some rows read, a day stored or failed."""
        self.on_failure: Callable[[str], object] = lambda _error: None
        """Called with ``error`` as soon as a day has failed: the days after it may take long."""
        self.copy_site: Callable[[Path, datetime], int | None] | None = None
        """Stores today's copy of the site's data unless it is stored; see trendsite.archive.site_copy.nightly."""

    def run(self, days: Iterable[ClosedDay], wait: bool = False) -> list[ClosedDay]:
        """Archive days, do all tasks, copy the site's data, then remove the closed folders that are no longer needed.

        Returns the days that failed. Such a day is logged and stops no other, but nothing is pruned then. ``wait``
        waits for a run of another process, on this machine or another, to end.

        Raises:
            BusyError: another process archives, and ``wait`` is false.
        """
        with staging(self._data_dir, wait) as folder, exclusive_database(wait) as check_lock:
            failed = [closed for closed in days if not self._succeeds(closed, folder, check_lock)]
            TaskWorker(self._data_dir, self._storage, self._now, self._print_line).run(folder)
            if self.copy_site:
                self._copy_site(self.copy_site, emptied(folder))
            for removed in () if failed else prune(self._data_dir, self._storage):
                self._print_line(f"{removed}: closed folder removed, the archive holds the day")
        return failed

    def _succeeds(self, closed: ClosedDay, folder: Path, check_lock: Callable[[], None]) -> bool:
        try:
            check_lock()
            self._archive(closed, folder)
        except Exception as error:  # noqa: BLE001 - no error of one day may stop the others
            _log.error("%s was not archived: %s", closed, reason(error))
            self.error = f"{closed}: {public_reason(error)}"
            self.on_failure(self.error)
            return False
        self.on_progress()
        return True

    def _copy_site(self, copy: Callable[[Path, datetime], int | None], folder: Path) -> None:
        try:
            rows = copy(folder, self._now())
        except Exception as error:  # noqa: BLE001 - the days are archived all the same
            _log.error("the site's data was not copied: %s", reason(error))
            self.error = self.error or f"copy of accounts and settings: {public_reason(error)}"
            self.on_failure(self.error)
            return
        self.on_progress()
        if rows is not None:
            self._print_line(f"site data: {rows:,} rows to {display_location(self._storage)}/{SITE_FOLDER}")

    def _archive(self, closed: ClosedDay, folder: Path) -> None:
        archived = archive_day(closed, self._storage, folder, self._now(), partial(self._print_progress, closed))
        self._print_line(
            f"{closed}: {archived.posts:,} posts, {archived.hashtags:,} hashtags, "
            f"{archived.stored_bytes:,} bytes to {display_location(self._storage)}/{archived.prefix}"
        )

    def _print_progress(self, closed: ClosedDay, rows: int, batch_rows: int) -> None:
        self.on_progress()
        if rows // PROGRESS_ROWS > (rows - batch_rows) // PROGRESS_ROWS:
            self._print_line(f"{closed}: {rows:,} rows so far")
