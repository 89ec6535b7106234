"""What somebody asked the archive to do: noted by the admin, worked off by the process that archives.

A day may take minutes, and a page must not. Every task may be done twice, so one that was killed is begun again.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage
from django.db import transaction

from contract.closed_day import closed_day_folder
from trendsite.history.archive import ArchivedDay, ClosedDay, archive_day
from trendsite.history.asked import wake
from trendsite.history.failure import reason
from trendsite.history.models import ArchiveTask, Day
from trendsite.history.restore import fetch_day, restore_day, stored_days
from trendsite.history.staging import emptied

KEPT_TASKS = 1_000
"""Tasks that ended and stay to be looked at; older ones go."""

OPEN_STATES = (ArchiveTask.State.WAITING, ArchiveTask.State.WORKING)

_log = logging.getLogger(__name__)


def ask(work: str, days: Iterable[tuple[str, date | None]], asked_by: str, now: datetime) -> int:
    """Note a task for each (source, day) that does not wait already, and wake the archive; return how many are new.

    Raises:
        OSError: the archive cannot be woken; it finds the tasks when it runs the next time.
    """
    with transaction.atomic():
        waiting = ArchiveTask.objects.filter(work=work, state=ArchiveTask.State.WAITING)
        known = set(waiting.values_list("source", "date"))
        new = [
            ArchiveTask(work=work, source=source, date=day, asked_by=asked_by, asked_at=now)
            for source, day in dict.fromkeys(days)
            if (source, day) not in known
        ]
        ArchiveTask.objects.bulk_create(new, batch_size=500)
    wake(settings.DATA_DIR)
    return len(new)


class TaskWorker:
    """Works off the tasks of one DATA_DIR and storage; only one does at a time (trendsite.history.staging)."""

    def __init__(
        self, data_dir: Path, storage: Storage, now: Callable[[], datetime], say: Callable[[str], None]
    ) -> None:
        """Say each line of what is done through ``say``."""
        self._data_dir = data_dir
        self._storage = storage
        self._now = now
        self._say = say

    def work_off(self, folder: Path) -> None:
        """Do every task there is, also those that come meanwhile; ``folder`` is for files on their way.

        A task that fails says why in its outcome and stops no other.
        """
        while task := ArchiveTask.objects.filter(state__in=OPEN_STATES).order_by("pk").first():
            self._work(task, folder)
        _forget_old_tasks()

    def _work(self, task: ArchiveTask, folder: Path) -> None:
        ArchiveTask.objects.filter(pk=task.pk).update(state=ArchiveTask.State.WORKING)
        try:
            outcome = self._do(task, folder)
            state = ArchiveTask.State.DONE
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the other tasks
            _log.error("%s failed: %s", task, reason(error))
            outcome, state = reason(error), ArchiveTask.State.FAILED
        most = ArchiveTask._meta.get_field("outcome").max_length
        ended = {"state": state, "outcome": outcome[:most], "ended_at": self._now()}
        ArchiveTask.objects.filter(pk=task.pk).update(**ended)
        self._say(f"{task}, asked for by {task.asked_by}: {state}, {outcome}")

    def _do(self, task: ArchiveTask, folder: Path) -> str:
        emptied(folder)
        if task.date is None:
            return self._restore_missing(folder)
        if task.work == ArchiveTask.Work.RESTORE:
            return _in_words(restore_day(self._storage, task.source, task.date, folder))
        closed = self._closed_day(task.source, task.date, folder)
        return _in_words(archive_day(closed, self._storage, folder, self._now(), lambda *_rows: None))

    def _closed_day(self, source: str, day: date, folder: Path) -> ClosedDay:
        """Return a day as streaming left it, or laid out again from storage when that is gone."""
        closed = ClosedDay(source, day, closed_day_folder(self._data_dir, source, day))
        return closed if closed.folder.exists() else fetch_day(self._storage, source, day, folder / "stored")

    def _restore_missing(self, folder: Path) -> str:
        known = set(Day.objects.values_list("source", "date"))
        missing = sorted(set(stored_days(self._storage)) - known)
        failed = []
        for source, day in missing:
            emptied(folder)
            try:
                restore_day(self._storage, source, day, folder)
            except Exception as error:  # noqa: BLE001 - nor may one day stop the others
                _log.error("%s of %s was not restored: %s", day, source, reason(error))
                failed.append(f"{day} of {source}")
        done = f"{len(missing) - len(failed)} days restored"
        return f"{done}; not restored, the log says why: {', '.join(failed)}" if failed else done


def _in_words(day: ArchivedDay) -> str:
    return f"{day.posts:,} posts, {day.hashtags:,} hashtags"


def _forget_old_tasks() -> None:
    ended = ArchiveTask.objects.exclude(state__in=OPEN_STATES).order_by("-pk")
    oldest_kept = ended.values_list("pk", flat=True)[KEPT_TASKS - 1 : KEPT_TASKS]
    for pk in oldest_kept:
        ArchiveTask.objects.exclude(state__in=OPEN_STATES).filter(pk__lt=pk).delete()
