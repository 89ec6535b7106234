"""Made-up closed days, and an archive in a folder of the test's own."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.storage import FileSystemStorage
from pytest_django import Settings

from contract.closed_day import closed_day_folder
from trendsite.history.archive import ClosedDay
from trendsite.history.closed_counts import SCHEMA

Row = tuple[str, str, str, int]
CloseDay = Callable[..., ClosedDay]

DAY = date(2026, 11, 20)
ROWS: list[Row] = [
    ("*", "", "", 100),
    ("*", "worldcup", "WorldCup", 40),
    ("*", "café", "Café", 9),
    ("*", "lluvia", "lluvia", 9),
    ("en", "", "", 70),
    ("en", "worldcup", "WorldCup", 31),
    ("es", "", "", 30),
    ("es", "lluvia", "lluvia", 9),
    ("es", "worldcup", "WorldCup", 9),
    ("es", "café", "Café", 2),
]


def write_part(path: Path, rows: Sequence[Row], schema: pa.Schema = SCHEMA) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in schema.names]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, names=schema.names), path)


@pytest.fixture
def data_dir(tmp_path: Path, settings: Settings) -> Path:
    """DATA_DIR, with the archive in a folder of it."""
    settings.DATA_DIR = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "archive": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "archive"), "allow_overwrite": True},
        },
    }
    return tmp_path


@pytest.fixture
def storage(data_dir: Path) -> FileSystemStorage:
    return FileSystemStorage(location=data_dir / "archive", allow_overwrite=True)


@pytest.fixture
def close_day(data_dir: Path) -> CloseDay:
    """Leaves the folder of a closed day, cut into parts after the given rows."""

    def close(
        day: date = DAY, rows: Sequence[Row] = ROWS, source: str = "simulator", cuts: Sequence[int] = ()
    ) -> ClosedDay:
        folder = closed_day_folder(data_dir, source, day)
        folder.mkdir(parents=True)
        for number, (start, end) in enumerate(zip((0, *cuts), (*cuts, len(rows)), strict=True)):
            write_part(folder / f"part-{number:05}-a1b2.snappy.parquet", rows[start:end])
        (folder / "_SUCCESS").touch()
        (folder / ".part-00000-a1b2.snappy.parquet.crc").write_bytes(b"crc\0")
        return ClosedDay(source, day, folder)

    return close


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
