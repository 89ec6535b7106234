"""Archives closed days one after the other and says so, for ``manage.py archive`` and ``manage.py backfill``."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

from django.core.files.storage import Storage

from trendsite.history.archive import ClosedDay, archive_day
from trendsite.history.asked import answer
from trendsite.history.failure import reason
from trendsite.history.prune import prune
from trendsite.history.staging import staging
from trendsite.history.stored import place
from trendsite.history.tasks import TaskWorker

PROGRESS_ROWS = 1_000_000

_log = logging.getLogger(__name__)


class Archiver:
    """Archives the closed days of one DATA_DIR into one storage."""

    def __init__(
        self, data_dir: Path, storage: Storage, now: Callable[[], datetime], say: Callable[[str], None]
    ) -> None:
        """Say each line of what is done through ``say``."""
        self._data_dir = data_dir
        self._storage = storage
        self._now = now
        self._say = say

    def work_off(self, days: Iterable[ClosedDay], wait: bool = False) -> list[ClosedDay]:
        """Archive days, do what somebody asked for, then remove the closed folders that this made superfluous.

        Returns the days that failed: such a day is logged and stops no other. ``wait`` waits for another archive
        at work.

        Raises:
            BusyError: another archive is at work.
        """
        with staging(self._data_dir, wait) as folder:
            failed = [closed for closed in days if not self._succeeds(closed, folder)]
            answer(self._data_dir)
            TaskWorker(self._data_dir, self._storage, self._now, self._say).work_off(folder)
            for removed in prune(self._data_dir, self._storage):
                self._say(f"{removed}: closed folder removed, the archive holds the day")
        return failed

    def _succeeds(self, closed: ClosedDay, folder: Path) -> bool:
        try:
            self._archive(closed, folder)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the other days
            _log.error("%s was not archived: %s", closed, reason(error))
            return False
        return True

    def _archive(self, closed: ClosedDay, folder: Path) -> None:
        archived = archive_day(closed, self._storage, folder, self._now(), partial(self._show_progress, closed))
        self._say(
            f"{closed}: {archived.posts:,} posts, {archived.hashtags:,} hashtags, "
            f"{archived.stored_bytes:,} bytes to {place(self._storage)}/{archived.prefix}"
        )

    def _show_progress(self, closed: ClosedDay, rows: int, batch_rows: int) -> None:
        if rows // PROGRESS_ROWS > (rows - batch_rows) // PROGRESS_ROWS:
            self._say(f"{closed}: {rows:,} rows so far")
