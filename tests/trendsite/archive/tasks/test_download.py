"""Downloads of days: complete, in order, without formulas, and never in memory as a whole."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

from tests.trendsite.archive.conftest import DAY, ROWS, CloseDay, row, write_large_part
from trendsite.archive.pipeline.layout import PARQUET_NAME, day_prefix
from trendsite.archive.tasks.download import csv_chunks, parquet_chunks

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("http://x")'
EARLIER = DAY - timedelta(days=1)


@pytest.fixture
def two_days(close_day: CloseDay) -> list[tuple[str, date]]:
    close_day(EARLIER, [row("*", "", "", 9), row("*", FORMULA.casefold(), FORMULA, 9)])
    close_day()
    call_command("archive")
    return [("simulator", EARLIER), ("simulator", DAY)]


def test_a_csv_has_every_row_of_every_day(two_days: list[tuple[str, date]], storage: FileSystemStorage) -> None:
    rows = list(csv.DictReader(io.StringIO(b"".join(csv_chunks(storage, two_days)).decode())))
    assert len(rows) == 2 + len(ROWS)
    assert [row["day"] for row in rows] == ["2026-11-19"] * 2 + ["2026-11-20"] * len(ROWS)
    assert {row["source"] for row in rows} == {"simulator"}
    assert (rows[3]["hashtag"], rows[3]["posts"], rows[3]["h23"]) == ("WorldCup", "40", "40")


def test_no_cell_of_a_csv_is_a_formula(two_days: list[tuple[str, date]], storage: FileSystemStorage) -> None:
    rows = list(csv.reader(io.StringIO(b"".join(csv_chunks(storage, two_days)).decode())))
    assert f"'{FORMULA}" in rows[2]
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))] == []


def test_a_parquet_file_has_the_archives_own_columns(
    two_days: list[tuple[str, date]], storage: FileSystemStorage
) -> None:
    table = pq.read_table(io.BytesIO(b"".join(parquet_chunks(storage, two_days))))
    assert table.column_names[:5] == ["day", "source", "language", "key", "hashtag"]
    rows = table.to_pylist()
    assert rows[1]["hashtag"] == FORMULA
    assert rows[2]["minutes"] == ROWS[0][6]
    assert (rows[3]["day"], rows[3]["authors"], sum(rows[3]["hours"])) == (DAY, 33, 40)


def test_columns_that_an_older_archive_lacks_are_empty(storage: FileSystemStorage) -> None:
    folder = Path(storage.location) / day_prefix("x", DAY)
    folder.mkdir(parents=True)
    old = pa.table({"language": ["*"], "key": ["rain"], "hashtag": ["Rain"], "posts": pa.array([7], pa.int64())})
    pq.write_table(old, folder / PARQUET_NAME)
    (found,) = csv.DictReader(io.StringIO(b"".join(csv_chunks(storage, [("x", DAY)])).decode()))
    assert (found["posts"], found["authors"], found["h00"]) == ("7", "", "")
    assert pq.read_table(io.BytesIO(b"".join(parquet_chunks(storage, [("x", DAY)])))).to_pylist()[0]["hours"] is None


@pytest.mark.parametrize("made", [csv_chunks, parquet_chunks])
def test_a_large_day_is_sent_in_chunks(close_day: CloseDay, storage: FileSystemStorage, made: object) -> None:
    folder = Path(storage.location) / day_prefix("x", DAY)
    folder.mkdir(parents=True)
    size = write_large_part(folder / PARQUET_NAME, [f"{number:x}" * 4 for number in range(100_000)])
    before = pa.total_allocated_bytes()
    pieces = []
    for piece in made(storage, [("x", DAY)] * 3):  # type: ignore[operator]
        # Memory holds less than one day while three days pass.
        assert pa.total_allocated_bytes() - before < size
        pieces.append(len(piece))
    assert len(pieces) > 18
    assert max(pieces) < 4_000_000


def test_a_day_missing_in_storage_is_an_error_not_an_empty_file(storage: FileSystemStorage) -> None:
    with pytest.raises(FileNotFoundError):
        list(csv_chunks(storage, [("x", DAY)]))
