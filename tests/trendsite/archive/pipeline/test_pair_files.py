"""The hashtags used together on their way through the archive."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import FileSystemStorage

from contract.closed_day_schema import STORED_SCHEMA
from tests.trendsite.archive.conftest import DAY, EXTRA, PAIRS, CloseDay, files_in, leave_pairs
from trendsite.archive.models import Day, DayPartners
from trendsite.archive.pipeline.archive_day import ClosedDay, archive_day
from trendsite.archive.pipeline.archive_errors import BrokenDayError
from trendsite.archive.pipeline.layout import stored_days
from trendsite.archive.pipeline.pair_files import partners_by_key, read_pairs
from trendsite.archive.pipeline.staging import staging
from trendsite.archive.pipeline.stored_day import faults_of, restore_day, rewrite_day

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
KEY = f"{EXTRA}/pairs.pq"
STORED = [
    ("café", [0, [["worldcup", "WorldCup", 5, 5]]]),
    ("worldcup", [2, [["café", "Café", 5, 5], ["lluvia", "lluvia", 3, 4]]]),
]


@pytest.fixture
def folder(data_dir: Path) -> Iterator[Path]:
    with staging(data_dir) as folder:
        yield folder


def archive(closed: ClosedDay, storage: FileSystemStorage, folder: Path) -> None:
    archive_day(closed, storage, folder, NOW, lambda _rows, _batch_rows: None)


@pytest.fixture
def archived(close_day: CloseDay, storage: FileSystemStorage, folder: Path) -> ClosedDay:
    closed = close_day()
    leave_pairs(closed)
    archive(closed, storage, folder)
    return closed


def database() -> list[Any]:
    return list(DayPartners.objects.order_by("key").values_list("key", "partners"))


def test_pairs_are_stored_beside_the_table_and_those_of_top_hashtags_in_the_database(
    archived: ClosedDay, storage: FileSystemStorage
) -> None:
    stored = pq.read_table(Path(storage.location) / KEY, partitioning=None).to_pylist()
    assert [tuple(row.values()) for row in stored] == PAIRS
    assert database() == STORED
    table = pq.read_table(storage.location)
    assert [name for name in table.schema.names if name not in ("day", "source")] == STORED_SCHEMA.names


def test_pairs_come_back_from_storage_and_a_rewrite_leaves_them_as_they_are(
    archived: ClosedDay, storage: FileSystemStorage, folder: Path
) -> None:
    before = files_in(Path(storage.location))
    Day.objects.all().delete()
    assert database() == []
    restore_day(storage, "simulator", DAY, folder)
    assert database() == STORED
    rewrite_day(storage, "simulator", DAY, folder, lambda *_rows: None)
    assert files_in(Path(storage.location)) == before


def test_damaged_pairs_in_storage_are_found_by_their_key(
    archived: ClosedDay, storage: FileSystemStorage, folder: Path
) -> None:
    (day,) = stored_days(storage)
    assert faults_of(storage, day, folder) == []
    (Path(storage.location) / KEY).write_bytes(b"PAR1")
    assert [fault.key for fault in faults_of(storage, day, folder)] == [KEY]


def test_a_day_that_is_archived_again_without_pairs_has_none(
    archived: ClosedDay, storage: FileSystemStorage, folder: Path
) -> None:
    archived.pairs_path.unlink()
    archive(archived, storage, folder)
    assert database() == []
    assert KEY not in files_in(Path(storage.location))


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("a", "a", 1, "b", "b", 1, 2, 2, 0)], "more posts than its hashtags"),
        ([("a", "a", 9, "b", "b", 9, 2, 1, 0)], "more posts than its hashtags"),
        ([("a", "a", 9, "b", "b", 9, 2, 2, 0), ("b", "b", 9, "a", "a", 9, 2, 2, 0)] * 2, "do not follow each other"),
    ],
)
def test_impossible_pairs_are_refused_and_nothing_is_stored(
    close_day: CloseDay, storage: FileSystemStorage, folder: Path, pairs: list[Any], message: str
) -> None:
    closed = close_day()
    leave_pairs(closed, pairs)
    with pytest.raises(BrokenDayError, match=message):
        archive(closed, storage, folder)
    assert not files_in(Path(storage.location))


def test_an_unreadable_file_of_pairs_is_refused(close_day: CloseDay, storage: FileSystemStorage, folder: Path) -> None:
    closed = close_day()
    closed.pairs_path.write_bytes(b"PAR1")
    with pytest.raises(BrokenDayError, match=r"_pairs\.parquet: not readable"):
        archive(closed, storage, folder)


def test_partners_that_the_database_does_not_store_raise_the_number_of_the_others(archived: ClosedDay) -> None:
    pairs = read_pairs(archived.pairs_path)
    assert pairs is not None
    assert dict(partners_by_key(pairs, 1))["worldcup"] == [4, [["café", "Café", 5, 5]]]
