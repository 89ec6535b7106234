"""Archived days, whole as storage has them, as one file: CSV or Parquet, made while it is sent.

The columns of the archive's own files, after ``day`` and ``source``. What an older archive did not keep is empty.
No more than a row group is in memory, however many days there are.
"""

import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import date
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from asgiref.sync import sync_to_async
from django.core.files.storage import Storage

from contract.closed_day import HOURS
from trendsite.history.closed_counts import BATCH_ROWS, SCHEMA
from trendsite.history.export import NOT_FOR_PEOPLE, PARQUET_NAME
from trendsite.history.spreadsheet import safe_cells
from trendsite.history.stored import day_prefix

_DAY = (pa.field("day", pa.date32(), nullable=False), pa.field("source", pa.string(), nullable=False))
_PARQUET_SCHEMA = pa.schema([*_DAY, *(field.with_nullable(True) for field in SCHEMA)])
_HOURS = [f"h{hour:02}" for hour in range(HOURS)]
_CSV_SCHEMA = pa.schema(
    [
        *(field for field in _PARQUET_SCHEMA if field.name not in NOT_FOR_PEOPLE),
        *(pa.field(name, pa.int64()) for name in _HOURS),
    ]
)
_READ_BUFFER_BYTES = 1 << 20

DayOfSource = tuple[str, date]


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


class _Pipe(io.RawIOBase):
    """A file whose bytes are taken out as soon as they are written."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # Arrow gives it bytes
        self._waiting.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._waiting = b"".join(self._waiting), []
        return taken


def as_csv(storage: Storage, days: Iterable[DayOfSource]) -> Iterator[bytes]:
    """Yield a CSV of days, in the order given, no cell of which a spreadsheet takes for a formula.

    Raises:
        OSError: storage does not have a day, or is away.
    """
    options = pa_csv.WriteOptions(include_header=True, delimiter=",", quoting_style="needed")
    return _written(lambda pipe: pa_csv.CSVWriter(pipe, _CSV_SCHEMA, write_options=options), _for_people, storage, days)


def as_parquet(storage: Storage, days: Iterable[DayOfSource]) -> Iterator[bytes]:
    """Yield a Parquet file of days, in the order given.

    Raises:
        OSError: storage does not have a day, or is away.
    """
    return _written(
        lambda pipe: pq.ParquetWriter(pipe, _PARQUET_SCHEMA, version="2.6", compression="zstd"),
        lambda batch: batch,
        storage,
        days,
    )


async def sent(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what is made in a thread, a piece at a time: Django would put all of a plain iterator into memory."""
    following = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await following()) is not None:
        yield piece


def _written(
    open_writer: Callable[[IO[bytes]], _Writer],
    shaped: Callable[[pa.RecordBatch], pa.RecordBatch],
    storage: Storage,
    days: Iterable[DayOfSource],
) -> Iterator[bytes]:
    pipe = _Pipe()
    writer = open_writer(pipe)  # type: ignore[arg-type]  # Arrow writes to anything with write()
    for source, day in days:
        for batch in _rows(storage, source, day):
            writer.write_batch(shaped(batch))
            yield pipe.take()
    writer.close()
    yield pipe.take()


def _rows(storage: Storage, source: str, day: date) -> Iterator[pa.RecordBatch]:
    with storage.open(f"{day_prefix(source, day)}/{PARQUET_NAME}") as stored:
        parquet = pq.ParquetFile(stored, buffer_size=_READ_BUFFER_BYTES, pre_buffer=False)
        for batch in parquet.iter_batches(BATCH_ROWS, use_threads=False):
            known = {"day": pa.repeat(day, len(batch)), "source": pa.repeat(source, len(batch))}
            known |= {name: batch[name] for name in batch.schema.names}
            columns = [
                known[field.name].cast(field.type) if field.name in known else pa.nulls(len(batch), field.type)
                for field in _PARQUET_SCHEMA
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=_PARQUET_SCHEMA)


def _for_people(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give each hour its column, and leave no formula."""
    of_hours = {name: pc.list_element(batch["hours"], hour) for hour, name in enumerate(_HOURS)}
    texts = {name: safe_cells(batch[name]) for name in ("source", "key", "hashtag")}
    columns = [(of_hours | texts)[name] if name in of_hours | texts else batch[name] for name in _CSV_SCHEMA.names]
    return pa.RecordBatch.from_arrays(columns, schema=_CSV_SCHEMA)
