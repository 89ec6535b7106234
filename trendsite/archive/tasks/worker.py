"""The tasks of the archive: the admin requests them, the process that archives does them.

A day may take minutes, and a page must not. Every task may be done twice, so a killed one starts again.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

from django.core.files.storage import Storage
from django.db import transaction

from contract.closed_day import closed_day_folder
from trendsite.archive.models import ArchiveTask, Day
from trendsite.archive.pipeline.archive_day import ArchivedDay, ClosedDay, archive_day, record_day
from trendsite.archive.pipeline.archive_errors import reason
from trendsite.archive.pipeline.layout import stored_days
from trendsite.archive.pipeline.staging import emptied
from trendsite.archive.pipeline.stored_day import restore_day, rewrite_day
from trendsite.archive.tasks.wakeup import wake
from trendsite.queries.redis_client import REDIS_IS_AWAY, open_redis_in_thread

RETAINED_TASKS = 1_000
"""How many ended tasks stay in the list. Older ones are removed."""

OPEN_STATES = (ArchiveTask.State.WAITING, ArchiveTask.State.WORKING)

_REDIS_SECONDS = 2.0

_log = logging.getLogger(__name__)


def request_tasks(work: str, days: Iterable[tuple[str, date | None]], username: str, now: datetime) -> int:
    """Add a task for each (source, day) without a waiting one, and wake the archive. Return how many are new.

    While Redis is away, the archive cannot be woken. Then it finds the tasks in its next run.
    """
    with transaction.atomic():
        waiting = ArchiveTask.objects.filter(work=work, state=ArchiveTask.State.WAITING)
        known = set(waiting.values_list("source", "date"))
        new = [
            ArchiveTask(work=work, source=source, date=day, asked_by=username, asked_at=now)
            for source, day in dict.fromkeys(days)
            if (source, day) not in known
        ]
        ArchiveTask.objects.bulk_create(new, batch_size=500)
    try:
        with open_redis_in_thread(_REDIS_SECONDS) as client:
            wake(client)
    except REDIS_IS_AWAY as error:
        _log.warning("The archive does the new tasks in its next run: Redis is away: %s", error)
    return len(new)


class TaskWorker:
    """Does the tasks of one DATA_DIR and storage, one at a time (trendsite.archive.pipeline.staging)."""

    def __init__(
        self, data_dir: Path, storage: Storage, now: Callable[[], datetime], print_line: Callable[[str], None]
    ) -> None:
        """Print the outcome of each task with ``print_line``."""
        self._data_dir = data_dir
        self._storage = storage
        self._now = now
        self._print_line = print_line

    def run(self, folder: Path) -> None:
        """Do all tasks, also those that are added meanwhile. ``folder`` is for files in progress.

        A failed task has the reason as its outcome and stops no other.
        """
        while task := ArchiveTask.objects.filter(state__in=OPEN_STATES).order_by("pk").first():
            self._run_task(task, folder)
        _delete_old_tasks()

    def _run_task(self, task: ArchiveTask, folder: Path) -> None:
        ArchiveTask.objects.filter(pk=task.pk).update(state=ArchiveTask.State.WORKING)
        try:
            outcome = self._do(task, folder)
            state = ArchiveTask.State.DONE
        except Exception as error:  # noqa: BLE001 - no error of one task may stop the others
            _log.error("%s failed: %s", task, reason(error))
            outcome, state = reason(error), ArchiveTask.State.FAILED
        max_length = ArchiveTask._meta.get_field("outcome").max_length
        ended = {"state": state, "outcome": outcome[:max_length], "ended_at": self._now()}
        ArchiveTask.objects.filter(pk=task.pk).update(**ended)
        self._print_line(f"{task}, requested by {task.asked_by}: {state}, {outcome}")

    def _do(self, task: ArchiveTask, folder: Path) -> str:
        emptied(folder)
        if task.date is None:
            return self._restore_missing(folder)
        if task.work == ArchiveTask.Work.RESTORE:
            return _outcome(restore_day(self._storage, task.source, task.date, folder))
        return _outcome(self._archive_again(task.source, task.date, folder))

    def _archive_again(self, source: str, day: date, folder: Path) -> ArchivedDay:
        """Archive the day that streaming closed. If its folder is gone, write the day again from storage itself."""
        closed = ClosedDay(source, day, closed_day_folder(self._data_dir, source, day))
        if closed.folder.exists():
            return archive_day(closed, self._storage, folder, self._now(), lambda *_rows: None)
        return record_day(*rewrite_day(self._storage, source, day, folder, lambda *_rows: None))

    def _restore_missing(self, folder: Path) -> str:
        known = set(Day.objects.values_list("source", "date"))
        missing = sorted({(stored.source, stored.day) for stored in stored_days(self._storage)} - known)
        failed = []
        for source, day in missing:
            emptied(folder)
            try:
                restore_day(self._storage, source, day, folder)
            except Exception as error:  # noqa: BLE001 - no error of one day may stop the others
                _log.error("%s of %s was not restored: %s", day, source, reason(error))
                failed.append(f"{day} of {source}")
        done = f"{len(missing) - len(failed)} days restored"
        return f"{done}; not restored, the log says why: {', '.join(failed)}" if failed else done


def _outcome(day: ArchivedDay) -> str:
    return f"{day.posts:,} posts, {day.hashtags:,} hashtags"


def _delete_old_tasks() -> None:
    ended = ArchiveTask.objects.exclude(state__in=OPEN_STATES).order_by("-pk")
    oldest_retained = ended.values_list("pk", flat=True)[RETAINED_TASKS - 1 : RETAINED_TASKS]
    for pk in oldest_retained:
        ArchiveTask.objects.exclude(state__in=OPEN_STATES).filter(pk__lt=pk).delete()
