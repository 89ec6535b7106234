"""Tasks of the archive: each is done once, gives the same bytes and rows, and has an outcome."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

from contract.closed_day import closed_day_folder
from contract.dropped import DroppedDay, dropped_file, write_dropped_day
from contract.gap import Gap
from contract.race import race_file
from tests.trendsite.archive.conftest import DAY, TABLE, CloseDay, files_in, record_race, store_in_earlier_layout
from tests.trendsite.archive.pipeline.test_archive_day import database
from trendsite.archive.models import ArchiveTask, Day, DayCount
from trendsite.archive.tasks import worker
from trendsite.archive.tasks.worker import request_tasks

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
DROPPED = {"late": 3, "malformed": 1}
KNOWN_GAP = Gap(datetime(2026, 11, 20, 3, 10, tzinfo=UTC), datetime(2026, 11, 20, 3, 25, tzinfo=UTC), "cut off", 2)
Archived = Callable[..., None]


@pytest.fixture
def archived(close_day: CloseDay, data_dir: Path) -> None:
    """One archived day with a race and with dropped posts."""
    closed = close_day()
    record_race(closed, (60, "*", 10), (720, "en", 60), (725, "*", 90))
    write_dropped_day(closed.dropped_path, DroppedDay(DROPPED, [KNOWN_GAP]))
    call_command("archive")


def forget_what_streaming_left(data_dir: Path) -> None:
    shutil.rmtree(closed_day_folder(data_dir, "simulator", DAY))
    race_file(data_dir, "simulator", DAY).unlink()
    dropped_file(data_dir, "simulator", DAY).unlink()


def run_task(work: ArchiveTask.Work, source: str = "simulator", day: date | None = DAY) -> ArchiveTask:
    """Request a task, run the archive, and return the task."""
    assert request_tasks(work, [(source, day)], "mia", NOW) == 1
    call_command("archive")
    return ArchiveTask.objects.get()


def everything(storage: FileSystemStorage) -> tuple[list[Any], dict[str, bytes], list[Any]]:
    return database(), files_in(Path(storage.location)), [(day.dropped, day.gaps_known()) for day in Day.objects.all()]


@pytest.mark.parametrize("is_left", [True, False], ids=["what streaming left", "storage alone"])
def test_a_day_is_archived_again_to_the_same_bytes_and_rows(
    archived: None, data_dir: Path, storage: FileSystemStorage, is_left: bool
) -> None:
    before = everything(storage)
    assert before[2] == [(DROPPED, [KNOWN_GAP])]
    DayCount.objects.filter(rank=1).delete()
    (csv,) = Path(storage.location).rglob("counts.csv")
    csv.write_text("torn")
    if not is_left:
        forget_what_streaming_left(data_dir)
    task = run_task(ArchiveTask.Work.ARCHIVE)
    assert (task.state, task.outcome) == ("done", "100 posts, 3 hashtags")
    assert everything(storage) == before


def test_the_rows_of_a_day_are_restored_and_its_stored_files_stay_the_same(
    archived: None, data_dir: Path, storage: FileSystemStorage
) -> None:
    before = everything(storage)
    forget_what_streaming_left(data_dir)
    DayCount.objects.update(posts=1)
    assert run_task(ArchiveTask.Work.RESTORE).state == "done"
    assert everything(storage) == before


def test_a_day_of_an_earlier_version_is_archived_again_from_storage_in_the_layout_of_this_one(
    close_day: CloseDay, data_dir: Path, storage: FileSystemStorage
) -> None:
    closed = close_day()
    record_race(closed, (60, "*", 10))
    write_dropped_day(closed.dropped_path, DroppedDay(DROPPED, [KNOWN_GAP]))
    call_command("archive")
    before = everything(storage)
    store_in_earlier_layout(closed, storage)
    assert files_in(Path(storage.location)).keys() != before[1].keys()
    forget_what_streaming_left(data_dir)
    assert run_task(ArchiveTask.Work.ARCHIVE).state == "done"
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
    assert run_task(ArchiveTask.Work.FIND, "", None).outcome == "2 days restored"
    after = everything(storage)
    assert after == before


def test_a_task_for_a_day_missing_in_storage_fails_with_the_reason(archived: None, storage: FileSystemStorage) -> None:
    rows = database()
    shutil.rmtree(storage.location)
    task = run_task(ArchiveTask.Work.RESTORE)
    assert task.state == "failed"
    assert task.outcome == "StorageError: storage has no day=2026-11-20/source=simulator/counts.parquet"
    assert database() == rows


def test_broken_counts_in_storage_change_no_row(archived: None, storage: FileSystemStorage) -> None:
    rows = database()
    (parquet,) = Path(storage.location).rglob("counts.parquet")
    parquet.write_bytes(b"PAR1 and no more")
    task = run_task(ArchiveTask.Work.RESTORE)
    assert (task.state, task.outcome) == (
        "failed",
        f"StorageError: {TABLE}/counts.parquet is damaged: its checksum is not that of the manifest",
    )
    assert database() == rows


def test_a_failed_task_stops_no_other(archived: None) -> None:
    request_tasks(ArchiveTask.Work.RESTORE, [("nobody", DAY), ("simulator", DAY)], "mia", NOW)
    call_command("archive")
    assert list(ArchiveTask.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "done"]


def test_a_killed_task_starts_again(archived: None) -> None:
    request_tasks(ArchiveTask.Work.RESTORE, [("simulator", DAY)], "mia", NOW)
    ArchiveTask.objects.update(state=ArchiveTask.State.WORKING)
    call_command("archive")
    assert ArchiveTask.objects.get().state == "done"


def test_a_waiting_task_is_not_created_twice(archived: None) -> None:
    assert request_tasks(ArchiveTask.Work.RESTORE, [("simulator", DAY)] * 2, "mia", NOW) == 1
    assert request_tasks(ArchiveTask.Work.RESTORE, [("simulator", DAY)], "mia", NOW) == 0
    assert request_tasks(ArchiveTask.Work.ARCHIVE, [("simulator", DAY)], "mia", NOW) == 1


def test_only_the_latest_ended_tasks_remain(archived: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RETAINED_TASKS", 3)
    for _ in range(3):
        request_tasks(ArchiveTask.Work.RESTORE, [("simulator", DAY), ("nobody", DAY)], "mia", NOW)
        call_command("archive")
    assert ArchiveTask.objects.count() == 3
    assert ArchiveTask.objects.first().state == "failed"
