"""Synthetic closed days, and an archive in a folder of the test."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from pytest_django import Settings

from contract.closed_day import HOURS, closed_day_folder
from contract.closed_day_schema import CLOSED_DAY_SCHEMA, PAIRS_SCHEMA
from contract.race import Frame, FramePlace, append_frames
from trendsite.archive.pipeline.archive_day import ClosedDay
from trendsite.archive.pipeline.layout import day_keys, earlier_keys

Row = tuple[str, str, str, int, int | None, list[int], list[tuple[int, int]] | None, list[int] | None]
CloseDay = Callable[..., ClosedDay]

DAY = date(2026, 11, 20)

BUCKET = "made-up-bucket"
TABLE = "day=2026-11-20/source=simulator"
EXTRA = f"_extra/{TABLE}"


def row(language: str, key: str, hashtag: str, posts: int, authors: int | None = None, *, hour: int = 12) -> Row:
    """A row with all its posts, and its authors if given, in one hour."""
    hours, hour_authors = ([number if hour == of else 0 for of in range(HOURS)] for number in (posts, authors))
    return language, key, hashtag, posts, authors, hours, None, None if authors is None else hour_authors


MINUTES = [(60, 1), (1_200, 9), (1_260, 5), (1_319, 15), (1_320, 30), (1_439, 40)]

ROWS: list[Row] = [
    ("*", "", "", 100, 60, [0, 1, *[0] * 18, 9, 20, 30, 40], MINUTES, [0, 1, *[0] * 18, 9, 19, 25, 30]),
    row("*", "worldcup", "WorldCup", 40, 33, hour=23),
    row("*", "café", "Café", 9),
    row("*", "lluvia", "lluvia", 9, 9),
    row("en", "", "", 70, 71),
    row("en", "worldcup", "WorldCup", 31, 30),
    row("es", "", "", 30),
    row("es", "lluvia", "lluvia", 9),
    row("es", "worldcup", "WorldCup", 9, 0, hour=0),
    row("es", "café", "Café", 2),
]


def write_part(path: Path, rows: Sequence[tuple[Any, ...]], schema: pa.Schema = CLOSED_DAY_SCHEMA) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in schema.names]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, names=schema.names), path)


def write_large_part(path: Path, hashtags: Sequence[str]) -> int:
    """Write a day with one post of each hashtag, as one row group; return its bytes in memory."""
    keys = pa.array(["", *sorted(hashtags)])
    once = pa.array([row("*", "", "", 1)[5]], CLOSED_DAY_SCHEMA.field("hours").type)
    ones = pa.repeat(pa.scalar(1, pa.int64()), len(keys))
    hours = once.take(pa.repeat(pa.scalar(0), len(keys)))
    minutes = pa.nulls(len(keys), CLOSED_DAY_SCHEMA.field("minutes").type)
    hour_authors = pa.nulls(len(keys), CLOSED_DAY_SCHEMA.field("hour_authors").type)
    columns = [pa.repeat("*", len(keys)), keys, keys, ones, ones, hours, minutes, hour_authors]
    table = pa.Table.from_arrays(columns, schema=CLOSED_DAY_SCHEMA)
    pq.write_table(table, path, row_group_size=len(keys))
    return table.nbytes


@pytest.fixture
def data_dir(tmp_path: Path, settings: Settings) -> Path:
    """DATA_DIR, with the archive in a folder of it."""
    settings.DATA_DIR = tmp_path
    settings.ARCHIVE_ACCOUNTS = False  # tests of the copy switch it on
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
    """Write the folder of a closed day, in parts that end after the given rows."""

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


def record_race(closed: ClosedDay, *frames: tuple[int, str, int]) -> None:
    """Record frames, each (minute of the day, language, posts), with one place that has a third of the posts."""
    midnight = datetime.combine(closed.day, time.min, UTC)
    append_frames(
        closed.race_path,
        [
            Frame(midnight + timedelta(minutes=minute), language, posts, [FramePlace("rain", "Rain", posts // 3)])
            for minute, language, posts in frames
        ],
    )


def store_in_earlier_layout(closed: ClosedDay, storage: FileSystemStorage) -> None:
    """Store a day as earlier versions did: all files beside each other, no manifest. The database has it too."""
    call_command("archive", "--day", closed.day.isoformat(), "--source", closed.source)
    keys, earlier = day_keys(closed.source, closed.day), earlier_keys(closed.source, closed.day)
    root = Path(storage.location)
    for key, earlier_key in ((keys.csv, earlier.csv), (keys.race, earlier.race), (keys.dropped, earlier.dropped)):
        if (root / key).exists():
            (root / key).rename(root / earlier_key)
    rows = pq.read_table(root / keys.parquet, partitioning=None).to_pylist()
    pq.write_table(pa.Table.from_pylist(rows, CLOSED_DAY_SCHEMA), root / keys.parquet, compression="zstd")
    (root / keys.manifest).unlink()


def files_in(folder: Path) -> dict[str, bytes]:
    """The content of every file under a folder, by relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """S3 on moto's HTTP server."""
    from moto.server import ThreadedMotoServer  # slow to import

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an S3 that has one empty bucket."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield client
    for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=found["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


PAIRS = [
    ("worldcup", "WorldCup", 40, "café", "Café", 9, 5, 5, 2),
    ("worldcup", "WorldCup", 40, "lluvia", "lluvia", 9, 3, 4, 2),
    ("café", "Café", 9, "worldcup", "WorldCup", 40, 5, 5, 0),
    ("other", "Other", 1, "worldcup", "WorldCup", 40, 1, 1, 0),
]
"""Hashtags used together, in the columns of PAIRS_SCHEMA. The last one is not among the top hashtags of ROWS."""


def leave_pairs(closed: ClosedDay, pairs: Sequence[tuple[Any, ...]] = PAIRS) -> None:
    """Add the file of the hashtags used together to the folder of a closed day."""
    write_part(closed.pairs_path, pairs, PAIRS_SCHEMA)
