import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from tests.trendsite.archive.conftest import ROWS, CloseDay
from trendsite.archive.pipeline.archive_day import waiting_days
from trendsite.archive.pipeline.archive_errors import BusyError
from trendsite.archive.pipeline.staging import staging
from trendsite.archive.tasks.archiver import Archiver

pytestmark = pytest.mark.django_db

MakeArchiver = Callable[[FileSystemStorage], Archiver]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def archiver(data_dir: Path, storage: FileSystemStorage, said: list[str]) -> Archiver:
    return Archiver(data_dir, storage, lambda: datetime(2026, 11, 21, tzinfo=UTC), said.append)


def test_a_failing_day_stops_no_other_and_is_logged_in_one_line(
    close_day: CloseDay, archiver: Archiver, data_dir: Path, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    broken = close_day(date(2026, 11, 18), rows=ROWS[1:])
    close_day(date(2026, 11, 19))
    with caplog.at_level(logging.ERROR):
        assert archiver.run(waiting_days(data_dir)) == [broken]
    assert waiting_days(data_dir) == [broken]
    assert [line[:23] for line in said] == ["2026-11-19 (simulator):"]
    (message,) = caplog.messages
    assert message.startswith("2026-11-18 (simulator) was not archived: BrokenDayError: ")


def test_nothing_is_done_while_another_process_archives(
    close_day: CloseDay, archiver: Archiver, data_dir: Path, said: list[str]
) -> None:
    closed = close_day()
    with staging(data_dir), pytest.raises(BusyError):
        archiver.run([closed])
    assert waiting_days(data_dir) == [closed]
    assert said == []


def test_a_stop_signal_is_no_failure(
    close_day: CloseDay, data_dir: Path, storage: FileSystemStorage, caplog: pytest.LogCaptureFixture
) -> None:
    def stop(_line: str) -> None:
        raise SystemExit(0)

    with pytest.raises(SystemExit):
        Archiver(data_dir, storage, lambda: datetime.now(UTC), stop).run([close_day()])
    assert caplog.messages == []
    assert not (data_dir / "archiving").exists()
