"""What somebody asks the archive to do again: it is done once, to the same bytes and rows, and its outcome is told."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

from contract.closed_day import closed_day_folder
from contract.dropped import dropped_file, write_dropped
from contract.race import race_file
from trendsite.history import tasks
from trendsite.history.asked import answer, calls, wake
from trendsite.history.models import ArchiveTask, Day, DayCount
from trendsite.history.tasks import ask

from .conftest import DAY, CloseDay, files_in, record_race
from .test_archive import database

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
DROPPED = {"late": 3, "malformed": 1}
Archived = Callable[..., None]


@pytest.fixture
def archived(close_day: CloseDay, data_dir: Path) -> None:
    """One archived day with a race and with dropped posts on record."""
    closed = close_day()
    record_race(closed, (60, "*", 10), (720, "en", 60), (725, "*", 90))
    write_dropped(closed.dropped, DROPPED)
    call_command("archive")


def forget_what_streaming_left(data_dir: Path) -> None:
    shutil.rmtree(closed_day_folder(data_dir, "simulator", DAY))
    race_file(data_dir, "simulator", DAY).unlink()
    dropped_file(data_dir, "simulator", DAY).unlink()


def asked(work: ArchiveTask.Work, source: str = "simulator", day: date | None = DAY) -> ArchiveTask:
    """Ask for something, let the archive run, and return the task as it then is."""
    assert ask(work, [(source, day)], "mia", NOW) == 1
    call_command("archive")
    return ArchiveTask.objects.get()


def everything(storage: FileSystemStorage) -> tuple[list[Any], dict[str, bytes], list[Any]]:
    return database(), files_in(Path(storage.location)), list(Day.objects.values_list("dropped", flat=True))


@pytest.mark.parametrize("is_left", [True, False], ids=["what streaming left", "storage alone"])
def test_a_day_is_archived_again_to_the_same_bytes_and_rows(
    archived: None, data_dir: Path, storage: FileSystemStorage, is_left: bool
) -> None:
    before = everything(storage)
    assert before[2] == [DROPPED]
    DayCount.objects.filter(rank=1).delete()
    (csv,) = Path(storage.location).rglob("counts.csv")
    csv.write_text("torn")
    if not is_left:
        forget_what_streaming_left(data_dir)
    task = asked(ArchiveTask.Work.ARCHIVE)
    assert (task.state, task.outcome) == ("done", "100 posts, 3 hashtags")
    assert everything(storage) == before


def test_the_rows_of_a_day_are_restored_from_storage_which_stays_as_it_is(
    archived: None, data_dir: Path, storage: FileSystemStorage
) -> None:
    before = everything(storage)
    forget_what_streaming_left(data_dir)
    DayCount.objects.update(posts=1)
    assert asked(ArchiveTask.Work.RESTORE).state == "done"
    assert everything(storage) == before


def test_days_that_only_storage_has_are_found_and_restored(
    archived: None, close_day: CloseDay, data_dir: Path, storage: FileSystemStorage
) -> None:
    close_day(date(2026, 11, 18), source="replay-a")
    call_command("archive")
    (Path(storage.location) / "day=2026-11-17" / "source=simulator").mkdir(parents=True)
    (Path(storage.location) / "day=never" / "source=simulator").mkdir(parents=True)
    shutil.copy(next(Path(storage.location).rglob("*.parquet")), Path(storage.location) / "day=never/source=simulator")
    before = everything(storage)
    shutil.rmtree(data_dir / "closed")
    shutil.rmtree(data_dir / "dropped")
    Day.objects.all().delete()
    assert asked(ArchiveTask.Work.FIND, "", None).outcome == "2 days restored"
    after = everything(storage)
    stored_at = (Path(storage.location) / "day=2026-11-20/source=simulator/counts.parquet").stat().st_mtime
    assert Day.objects.get(source="simulator").archived_at.timestamp() == pytest.approx(stored_at, abs=0.01)
    Day.objects.update(archived_at=NOW)
    assert (after[0][1:], after[1:]) == (before[0][1:], before[1:])


def test_a_day_that_storage_has_lost_fails_and_the_task_says_why(archived: None, storage: FileSystemStorage) -> None:
    rows = database()
    shutil.rmtree(storage.location)
    task = asked(ArchiveTask.Work.RESTORE)
    assert task.state == "failed"
    assert task.outcome == "StorageError: storage has no day=2026-11-20/source=simulator/counts.parquet"
    assert database() == rows


def test_broken_counts_in_storage_change_no_row(archived: None, storage: FileSystemStorage) -> None:
    rows = database()
    (parquet,) = Path(storage.location).rglob("counts.parquet")
    parquet.write_bytes(b"PAR1 and no more")
    task = asked(ArchiveTask.Work.RESTORE)
    assert (task.state, task.outcome[:14]) == ("failed", "BrokenDayError")
    assert database() == rows


def test_a_failed_task_stops_no_other(archived: None) -> None:
    ask(ArchiveTask.Work.RESTORE, [("nobody", DAY), ("simulator", DAY)], "mia", NOW)
    call_command("archive")
    assert list(ArchiveTask.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "done"]


def test_a_task_that_was_killed_is_begun_again(archived: None) -> None:
    ask(ArchiveTask.Work.RESTORE, [("simulator", DAY)], "mia", NOW)
    ArchiveTask.objects.update(state=ArchiveTask.State.WORKING)
    call_command("archive")
    assert ArchiveTask.objects.get().state == "done"


def test_what_waits_already_is_not_asked_for_twice(archived: None) -> None:
    assert ask(ArchiveTask.Work.RESTORE, [("simulator", DAY)] * 2, "mia", NOW) == 1
    assert ask(ArchiveTask.Work.RESTORE, [("simulator", DAY)], "mia", NOW) == 0
    assert ask(ArchiveTask.Work.ARCHIVE, [("simulator", DAY)], "mia", NOW) == 1


def test_only_the_latest_tasks_are_kept(archived: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "KEPT_TASKS", 3)
    for _ in range(3):
        ask(ArchiveTask.Work.RESTORE, [("simulator", DAY), ("nobody", DAY)], "mia", NOW)
        call_command("archive")
    assert ArchiveTask.objects.count() == 3
    assert ArchiveTask.objects.first().state == "failed"


def test_a_call_is_heard_until_it_is_answered(tmp_path: Path) -> None:
    assert calls(tmp_path) == frozenset()
    wake(tmp_path)
    first = calls(tmp_path)
    assert len(first) == 1
    answer(tmp_path)
    assert calls(tmp_path) == frozenset()
    wake(tmp_path)
    assert calls(tmp_path) - first
