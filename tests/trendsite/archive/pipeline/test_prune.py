import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from contract.race import append_frames, race_file, race_files
from tests.trendsite.archive.conftest import CloseDay, record_race
from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_day import ClosedDay, all_closed_days, archive_day
from trendsite.archive.pipeline.prune import prune
from trendsite.archive.pipeline.staging import staging

pytestmark = pytest.mark.django_db


@pytest.fixture
def archived_days(close_day: CloseDay, storage: FileSystemStorage, data_dir: Path) -> list[ClosedDay]:
    """Nine archived days, oldest first."""
    days = [close_day(date(2026, 11, day)) for day in range(10, 19)]
    for closed in days:
        record_race(closed, (5, "*", 9))
        with staging(data_dir) as folder:
            archive_day(closed, storage, folder, datetime(2026, 11, 20, tzinfo=UTC), lambda *_: None)
    return days


def test_a_closed_folder_is_removed_once_seven_newer_days_are_archived(
    archived_days: list[ClosedDay], storage: FileSystemStorage, data_dir: Path
) -> None:
    assert prune(data_dir, storage) == archived_days[:2]
    assert all_closed_days(data_dir) == archived_days[2:]
    assert [day for _, day, _ in race_files(data_dir)] == [closed.day for closed in archived_days[2:]]
    assert prune(data_dir, storage) == []


def test_the_race_of_a_day_that_was_never_closed_is_removed_too(
    archived_days: list[ClosedDay], storage: FileSystemStorage, data_dir: Path
) -> None:
    never_closed, of_today = date(2026, 11, 2), date(2026, 11, 22)
    for day in (never_closed, of_today):
        append_frames(race_file(data_dir, "simulator", day), [])
    append_frames(race_file(data_dir, "another", never_closed), [])
    prune(data_dir, storage)
    left = [(source, day) for source, day, _ in race_files(data_dir)]
    retained = [("simulator", closed.day) for closed in archived_days[2:]]
    assert left == [("another", never_closed), *retained, ("simulator", of_today)]


def test_a_day_that_was_never_archived_stays(
    archived_days: list[ClosedDay], close_day: CloseDay, storage: FileSystemStorage, data_dir: Path
) -> None:
    old = close_day(date(2026, 11, 1))
    assert prune(data_dir, storage) == archived_days[:2]
    assert old.folder.is_dir()


def test_each_source_retains_its_own_seven_days(
    archived_days: list[ClosedDay], storage: FileSystemStorage, data_dir: Path
) -> None:
    Day.objects.filter(date__gte=archived_days[3].day).update(source="another")
    assert prune(data_dir, storage) == []


@pytest.mark.parametrize("name", ["counts.parquet", "counts.csv", "race.ndjson.gz", "manifest.json"])
def test_the_folder_of_a_day_missing_in_storage_stays_and_is_logged(
    archived_days: list[ClosedDay],
    storage: FileSystemStorage,
    data_dir: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    next((data_dir / "archive").rglob(f"day=2026-11-10/source=simulator/{name}")).unlink()
    shortened = next((data_dir / "archive").rglob(f"day=2026-11-11/source=simulator/{name}"))
    shortened.write_bytes(shortened.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING):
        assert prune(data_dir, storage) == []
    for day in archived_days[:2]:
        assert day.folder.is_dir()
        assert f"{day} is archived, but storage lacks its files" in caplog.text


def test_an_interrupted_removal_is_finished(
    archived_days: list[ClosedDay], storage: FileSystemStorage, data_dir: Path
) -> None:
    first = archived_days[0].folder
    leftover = first.rename(first.with_name(first.name + ".removed"))
    assert all_closed_days(data_dir) == archived_days[1:]
    assert prune(data_dir, storage) == archived_days[1:2]
    assert not leftover.exists()
