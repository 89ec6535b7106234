"""Downloads archived days as one file, CSV or Parquet, that is made while it is sent.

From storage it has the columns of the archive's own files, after ``day`` and ``source``. Columns that an older day
lacks are empty. Memory holds one row group, however many days there are.
"""

import io
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import IO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from asgiref.sync import sync_to_async
from django.core.files.storage import Storage
from django.db import connection

from contract.closed_day_schema import STORED_SCHEMA
from trendsite.archive.pipeline.closed_counts import BATCH_ROWS
from trendsite.archive.pipeline.day_files import csv_rows, csv_schema, csv_writer, parquet_writer
from trendsite.archive.pipeline.layout import day_keys

_DAY_FIELDS = (pa.field("day", pa.date32(), nullable=False), pa.field("source", pa.string(), nullable=False))
_SCHEMA = pa.schema([*_DAY_FIELDS, *(field.with_nullable(True) for field in STORED_SCHEMA)])
_READ_BUFFER_BYTES = 1 << 20

DayOfSource = tuple[str, date]


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


class _Pipe(io.RawIOBase):
    """A file in memory whose bytes are taken out as soon as they are written."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # Arrow gives it bytes
        self._chunks.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._chunks = b"".join(self._chunks), []
        return taken


def csv_chunks(storage: Storage, days: Iterable[DayOfSource]) -> Iterator[bytes]:
    """Yield a CSV of days in the order given. No spreadsheet runs one of its cells as a formula.

    Raises:
        OSError: storage does not have a day, or is away.
    """
    return csv_of(_SCHEMA, _all_rows(storage, days))


def parquet_chunks(storage: Storage, days: Iterable[DayOfSource]) -> Iterator[bytes]:
    """Yield a Parquet file of days in the order given.

    Raises:
        OSError: storage does not have a day, or is away.
    """
    return parquet_of(_SCHEMA, _all_rows(storage, days))


def csv_of(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield batches as CSV, one column for each hour. No spreadsheet runs one of its cells as a formula."""
    flat = csv_schema(schema)
    return _chunks(lambda pipe: csv_writer(pipe, flat), (csv_rows(batch, flat) for batch in batches))


def parquet_of(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield batches as Parquet, each as a row group."""
    return _chunks(lambda pipe: parquet_writer(pipe, schema), batches)


async def iterate_in_thread(chunks: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Yield chunks that a thread makes one by one. Django would read a plain iterator into memory as a whole.

    Between chunks no database connection is open, however slowly the client reads.
    """
    next_chunk = sync_to_async(partial(_next_and_close, chunks), thread_sensitive=False)
    while (chunk := await next_chunk()) is not None:
        yield chunk


def _next_and_close(chunks: Iterator[bytes]) -> bytes | None:
    try:
        return next(chunks, None)
    finally:
        # Django closes the connections of its own threads only.
        connection.close()


def _chunks(open_writer: Callable[[IO[bytes]], _Writer], batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    pipe = _Pipe()
    writer = open_writer(pipe)  # type: ignore[arg-type]  # Arrow writes to anything with write()
    for batch in batches:
        writer.write_batch(batch)
        yield pipe.take()
    writer.close()
    yield pipe.take()


def _all_rows(storage: Storage, days: Iterable[DayOfSource]) -> Iterator[pa.RecordBatch]:
    return (batch for source, day in days for batch in _rows(storage, source, day))


def _rows(storage: Storage, source: str, day: date) -> Iterator[pa.RecordBatch]:
    with storage.open(day_keys(source, day).parquet) as stored:
        parquet = pq.ParquetFile(stored, buffer_size=_READ_BUFFER_BYTES, pre_buffer=False)
        for batch in parquet.iter_batches(BATCH_ROWS, use_threads=False):
            columns = {"day": pa.repeat(day, len(batch)), "source": pa.repeat(source, len(batch))}
            columns |= {name: batch[name] for name in batch.schema.names}
            arrays = [
                columns[field.name].cast(field.type) if field.name in columns else pa.nulls(len(batch), field.type)
                for field in _SCHEMA
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)
