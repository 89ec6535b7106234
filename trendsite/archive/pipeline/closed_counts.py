"""Reads the folder of a closed day (contract.closed_day_schema) in batches, and refuses a broken one.

First step of the archive. Its batches depend on the rows alone, not on how these are divided into files, so the same
counts always give the same archived bytes.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contract.closed_day import HOURS, MINUTES, TOTAL_KEY
from contract.closed_day_schema import CLOSED_DAY_SCHEMA, LATER_COLUMNS, STORED_SCHEMA
from contract.language import ALL_LANGUAGES
from trendsite.archive.pipeline.archive_errors import BrokenDayError

BATCH_ROWS = 16_384
"""Rows of every batch but the last, and of a row group in the archive: a few MiB of memory."""

_READ_BUFFER_BYTES = 1 << 20


def read_counts(
    folder: Path, batch_rows: int = BATCH_ROWS, may_lack: Collection[str] = LATER_COLUMNS
) -> Iterator[pa.RecordBatch]:
    """Yield a closed day's rows in order, as batches of STORED_SCHEMA with ``batch_rows`` rows each.

    The last batch may be shorter. Every yielded row is checked. A column that the files ``may_lack`` is null.

    Raises:
        BrokenDayError: the folder does not follow contract.closed_day_schema.
    """
    previous: pa.RecordBatch | None = None
    for batch in _regrouped(_read_parts(folder, may_lack), batch_rows):
        _check_rows(previous, batch, folder)
        yield batch
        previous = batch.slice(batch.num_rows - 1)
    if previous is None:
        raise BrokenDayError(f"{folder}: no rows")


def hour_columns(batch: pa.RecordBatch) -> list[pa.Array]:
    """Return one column of posts for each UTC hour."""
    return [pc.list_element(batch["hours"], hour) for hour in range(HOURS)]


def _read_parts(folder: Path, may_lack: Collection[str]) -> Iterator[pa.RecordBatch]:
    # Spark's markers beside the parts start with "_" or ".".
    parts = sorted(part for part in folder.glob("*.parquet") if part.name[0] not in "_.")
    if not parts:
        raise BrokenDayError(f"{folder}: no Parquet files")
    for part in parts:
        try:
            # Without these two options a row group is read as a whole, however large it is.
            with pq.ParquetFile(part, buffer_size=_READ_BUFFER_BYTES, pre_buffer=False) as file:
                _check_schema(file.schema_arrow, may_lack, part)
                for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
                    yield _in_schema(_without_empty(batch, may_lack), part)
        except (pa.ArrowException, OSError) as error:
            raise BrokenDayError(f"{part}: not readable: {_first_line(error)}") from error


def _check_schema(schema: pa.Schema, may_lack: Collection[str], part: Path) -> None:
    needed = [field for field in CLOSED_DAY_SCHEMA if field.name in schema.names or field.name not in may_lack]
    if schema.names != [field.name for field in needed] or _plain_types(schema) != _plain_types(pa.schema(needed)):
        found = ", ".join(f"{field.name} {field.type}" for field in schema)
        expected = ", ".join(f"{field.name} {field.type}" for field in CLOSED_DAY_SCHEMA)
        raise BrokenDayError(f"{part}: columns are {found}; expected {expected}")


def _plain_types(schema: pa.Schema) -> list[pa.DataType]:
    """Return the types without the names and the nullability of elements, in which writers differ."""
    return [_plain(found) for found in schema.types]


def _plain(found: pa.DataType) -> pa.DataType:
    if pa.types.is_list(found):
        return pa.list_(found.value_type)
    return pa.map_(found.key_type, found.item_type) if pa.types.is_map(found) else found


def _without_empty(batch: pa.RecordBatch, may_lack: Collection[str]) -> pa.RecordBatch:
    """Leave out columns without a value, if the day may lack them: a rewritten old day has them all, but empty."""
    empty = [name for name in may_lack if name in batch.schema.names and batch[name].null_count == batch.num_rows]
    return batch.drop_columns(empty)


def _in_schema(batch: pa.RecordBatch, part: Path) -> pa.RecordBatch:
    for field in CLOSED_DAY_SCHEMA:
        if not field.nullable and field.name in batch.schema.names and batch[field.name].null_count:
            raise BrokenDayError(f"{part}: {batch[field.name].null_count} rows without {field.name}")
    columns = {name: batch[name] for name in batch.schema.names}
    if "hours" in columns:
        columns["hours"] = _hours(batch, part)
    if "minutes" in columns:
        columns["minutes"] = pa.array(columns["minutes"].to_pylist(), STORED_SCHEMA.field("minutes").type)
    if "hour_authors" in columns:
        columns["hour_authors"] = _hour_authors(batch, part)
    arrays = [columns.get(field.name, pa.nulls(batch.num_rows, field.type)) for field in STORED_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=STORED_SCHEMA)


def _hours(batch: pa.RecordBatch, part: Path) -> pa.Array:
    """Return the column ``hours`` in the type of STORED_SCHEMA."""
    posts = pc.list_flatten(batch["hours"])
    if posts.null_count or not pc.all(pc.equal(pc.list_value_length(batch["hours"]), HOURS)).as_py():
        raise BrokenDayError(f"{part}: a row without the posts of each of {HOURS} hours")
    ends = pa.array(range(0, len(posts) + 1, HOURS), pa.int32())
    return pa.ListArray.from_arrays(ends, posts, type=STORED_SCHEMA.field("hours").type)


def _hour_authors(batch: pa.RecordBatch, part: Path) -> pa.Array:
    """Return the column ``hour_authors`` in the type of STORED_SCHEMA."""
    authors = pc.list_flatten(batch["hour_authors"])
    wrong_lengths = pc.not_equal(pc.list_value_length(batch["hour_authors"]), HOURS)
    if authors.null_count or pc.any(wrong_lengths).as_py() or pc.any(pc.less(authors, 0)).as_py():
        raise BrokenDayError(f"{part}: a row without the authors of each of {HOURS} hours")
    return batch["hour_authors"].cast(STORED_SCHEMA.field("hour_authors").type)


def _regrouped(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in batches of exactly ``rows``; the last one may be shorter."""
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
    """Check a batch's rows and their order. ``previous`` is the row before the batch."""
    _check_numbers(batch, folder)
    _check_minutes(previous is None, batch, folder)
    _check_order(previous, batch, folder)


def _check_numbers(batch: pa.RecordBatch, folder: Path) -> None:
    """Check that the hours add up to the posts, and that there are not many more authors than posts."""
    hours = hour_columns(batch)
    if any((pc.min(hour).as_py() or 0) < 0 for hour in hours):
        raise BrokenDayError(f"{folder}: a count below zero")
    if not pc.all(pc.equal(reduce(pc.add, hours), batch["posts"]), min_count=0).as_py():
        raise BrokenDayError(f"{folder}: a row whose hours do not add up to its posts")
    # Authors are an estimate, but it is never off by a factor of two.
    too_many = pc.greater(batch["authors"], pc.multiply(batch["posts"], 2))
    if pc.any(pc.or_(too_many, pc.less(batch["authors"], 0))).as_py():
        raise BrokenDayError(f"{folder}: a row with more authors than its posts can have, or fewer than none")


def _check_minutes(is_first: bool, batch: pa.RecordBatch, folder: Path) -> None:
    """Check that only the first row has minutes, in order, and that they add up to its posts."""
    counts = batch["minutes"][0].as_py() if is_first else None
    if batch["minutes"].null_count != batch.num_rows - (counts is not None):
        raise BrokenDayError(f"{folder}: minutes in a row that is not the total of all languages")
    if counts is None:
        return
    minutes = [minute for minute, _ in counts]
    if minutes != sorted(set(minutes) & set(range(MINUTES))) or any(posts < 1 for _, posts in counts):
        raise BrokenDayError(f"{folder}: minutes that are not in order, not of the day, or without posts")
    if sum(posts for _, posts in counts) != batch["posts"][0].as_py():
        raise BrokenDayError(f"{folder}: minutes that do not add up to the posts of the day")


def _check_order(previous: pa.RecordBatch | None, batch: pa.RecordBatch, folder: Path) -> None:
    """Check the order of the rows: a wrong order gives wrong ranks."""
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
    # In sorted rows a language's total is first: no row has more posts, and no key sorts before its empty key.
    is_total = pc.equal(batch["key"], TOTAL_KEY)
    if not pc.all(pc.xor(same_language, is_total)).as_py():
        raise BrokenDayError(f"{folder}: a language without its total, or with two")


def _is_sorted(above: pa.RecordBatch, below: pa.RecordBatch, same_language: pa.Array) -> pa.Array:
    """Return whether each row may follow the one above it."""
    same_posts = pc.equal(above["posts"], below["posts"])
    by_key = pc.and_(same_posts, pc.less(above["key"], below["key"]))
    within = pc.or_(pc.greater(above["posts"], below["posts"]), by_key)
    return pc.if_else(same_language, within, pc.less(above["language"], below["language"]))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
