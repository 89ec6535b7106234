"""The lock that runs on different machines share. On PostgreSQL only: a SQLite file is on one machine."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection

from tests.trendsite.archive.conftest import CloseDay
from trendsite.archive.models import Day
from trendsite.archive.pipeline.archive_errors import BusyError
from trendsite.archive.pipeline.database_lock import exclusive_database
from trendsite.archive.tasks.archiver import Archiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def archiver(data_dir: Path, storage: FileSystemStorage) -> Archiver:
    return Archiver(data_dir, storage, lambda: datetime.now(UTC), lambda _line: None)


@pytest.fixture
def _postgres() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has clients on several machines: make test-postgres")


@pytest.mark.usefixtures("_postgres")
def test_a_run_on_another_machine_waits_for_its_turn(close_day: CloseDay, archiver: Archiver) -> None:
    closed = close_day()
    with exclusive_database(), pytest.raises(BusyError, match="on another machine is at work"):
        archiver.run([closed])
    assert not Day.objects.exists()
    assert archiver.run([closed]) == []
    assert Day.objects.count() == 1


@pytest.mark.usefixtures("_postgres")
def test_a_run_that_has_lost_the_lock_archives_no_further_day(close_day: CloseDay, archiver: Archiver) -> None:
    with exclusive_database() as check:
        check()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        with pytest.raises(OperationalError):
            check()
        # The server has freed it: another machine may have it now.
        assert archiver.run([close_day()]) == []


def test_the_lock_is_free_after_a_run(close_day: CloseDay, archiver: Archiver) -> None:
    for _ in range(2):
        assert archiver.run([close_day() if not Day.objects.exists() else close_day(source="x")]) == []
