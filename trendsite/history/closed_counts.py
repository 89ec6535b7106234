"""Reads the folder of a closed day (contract.closed_day) in bounded batches, and refuses a broken one.

First step of the archive. What leaves here depends on the rows alone, not on how they were cut
into files, so the same counts always become the same archived bytes.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contract.closed_day import COLUMNS, TOTAL_KEY
from contract.language import ALL_LANGUAGES

SCHEMA = pa.schema([pa.field(name, pa.int64() if name == "posts" else pa.string(), nullable=False) for name in COLUMNS])

BATCH_ROWS = 65_536
"""Rows of every batch but the last, and of a row group in the archive: a few MiB of memory."""

_READ_BUFFER_BYTES = 1 << 20


class BrokenDayError(ValueError):
    """A closed day's folder that cannot be archived. The message is one line and quotes no hashtag."""


def read_counts(folder: Path, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """Yield a closed day's rows in order, as batches of SCHEMA with ``batch_rows`` rows each.

    The last batch may be shorter. Every row has been checked by the time it is yielded.

    Raises:
        BrokenDayError: the folder does not hold what contract.closed_day promises.
    """
    previous: pa.RecordBatch | None = None
    for batch in _regrouped(_read_parts(folder), batch_rows):
        _check_rows(previous, batch, folder)
        yield batch
        previous = batch.slice(batch.num_rows - 1)
    if previous is None:
        raise BrokenDayError(f"{folder}: no rows")


def _read_parts(folder: Path) -> Iterator[pa.RecordBatch]:
    # Spark's own markers beside the parts begin with "_" or ".".
    parts = sorted(part for part in folder.glob("*.parquet") if part.name[0] not in "_.")
    if not parts:
        raise BrokenDayError(f"{folder}: no Parquet files")
    for part in parts:
        try:
            # Without these two a row group is read whole, however large it is.
            with pq.ParquetFile(part, buffer_size=_READ_BUFFER_BYTES, pre_buffer=False) as file:
                _check_schema(file.schema_arrow, part)
                for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
                    yield _without_nulls(batch, part)
        except (pa.ArrowException, OSError) as error:
            raise BrokenDayError(f"{part}: not readable: {_first_line(error)}") from error


def _check_schema(schema: pa.Schema, part: Path) -> None:
    if schema.names != SCHEMA.names or schema.types != SCHEMA.types:
        found = ", ".join(f"{field.name} {field.type}" for field in schema)
        expected = ", ".join(f"{field.name} {field.type}" for field in SCHEMA)
        raise BrokenDayError(f"{part}: columns are {found}; expected {expected}")


def _without_nulls(batch: pa.RecordBatch, part: Path) -> pa.RecordBatch:
    for name, column in zip(SCHEMA.names, batch.columns, strict=True):
        if column.null_count:
            raise BrokenDayError(f"{part}: {column.null_count} rows without {name}")
    return pa.RecordBatch.from_arrays(batch.columns, schema=SCHEMA)


def _regrouped(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of exactly ``rows``, but for the last."""
    waiting: list[pa.RecordBatch] = []
    missing = rows
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            piece = batch.slice(start, missing)
            waiting.append(piece)
            start += piece.num_rows
            missing -= piece.num_rows
            if not missing:
                yield pa.concat_batches(waiting)
                waiting, missing = [], rows
    if waiting:
        yield pa.concat_batches(waiting)


def _check_rows(previous: pa.RecordBatch | None, batch: pa.RecordBatch, folder: Path) -> None:
    """Check a batch's order, given the row before it: a wrong order would give wrong ranks."""
    if previous is None:
        if batch["language"][0].as_py() != ALL_LANGUAGES or batch["key"][0].as_py() != TOTAL_KEY:
            raise BrokenDayError(f"{folder}: the first row is not the total of all languages")
        if batch.num_rows == 1:
            return
        previous, batch = batch.slice(0, 1), batch.slice(1)
    above = pa.concat_batches([previous, batch.slice(0, batch.num_rows - 1)])
    same_language = pc.equal(above["language"], batch["language"])
    if not pc.all(_is_sorted(above, batch, same_language)).as_py():
        raise BrokenDayError(f"{folder}: rows are not sorted by language, posts descending, key")
    # Sorted rows have a language's total first: no count is above it, and no key before its.
    is_total = pc.equal(batch["key"], TOTAL_KEY)
    if not pc.all(pc.xor(same_language, is_total)).as_py():
        raise BrokenDayError(f"{folder}: a language without its total, or with two")
    if pc.min(batch["posts"]).as_py() < 0:
        raise BrokenDayError(f"{folder}: a count below zero")


def _is_sorted(above: pa.RecordBatch, below: pa.RecordBatch, same_language: pa.Array) -> pa.Array:
    """Return for each pair of neighbouring rows whether they are in order."""
    same_posts = pc.equal(above["posts"], below["posts"])
    by_key = pc.and_(same_posts, pc.less(above["key"], below["key"]))
    within = pc.or_(pc.greater(above["posts"], below["posts"]), by_key)
    return pc.if_else(same_language, within, pc.less(above["language"], below["language"]))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
