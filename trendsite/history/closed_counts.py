"""Reads the folder of a closed day (contract.closed_day) in bounded batches, and refuses a broken one.

First step of the archive. What leaves here depends on the rows alone, not on how they were cut
into files, so the same counts always become the same archived bytes.
"""

from collections.abc import Iterable, Iterator
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contract.closed_day import HOURS, MINUTES, TOTAL_KEY
from contract.language import ALL_LANGUAGES

SCHEMA = pa.schema(
    [
        pa.field("language", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("hashtag", pa.string(), nullable=False),
        pa.field("posts", pa.int64(), nullable=False),
        pa.field("authors", pa.int64()),
        pa.field("hours", pa.list_(pa.field("element", pa.int64(), nullable=False)), nullable=False),
        pa.field("minutes", pa.map_(pa.int32(), pa.field("value", pa.int64(), nullable=False))),
        pa.field("hour_authors", pa.list_(pa.field("element", pa.int64()))),
    ]
)

BATCH_ROWS = 16_384
"""Rows of every batch but the last, and of a row group in the archive: a few MiB of memory."""

_READ_BUFFER_BYTES = 1 << 20
_LATER_COLUMNS = ("minutes", "hour_authors")
"""Days that were closed before these were counted do not have them."""


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


def hour_columns(batch: pa.RecordBatch) -> list[pa.Array]:
    """Return the posts of each UTC hour as one column an hour."""
    return [pc.list_element(batch["hours"], hour) for hour in range(HOURS)]


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
    there = [field for field in SCHEMA if field.name in schema.names or field.name not in _LATER_COLUMNS]
    if schema.names != [field.name for field in there] or _plain_types(schema) != _plain_types(pa.schema(there)):
        found = ", ".join(f"{field.name} {field.type}" for field in schema)
        expected = ", ".join(f"{field.name} {field.type}" for field in SCHEMA)
        raise BrokenDayError(f"{part}: columns are {found}; expected {expected}")


def _plain_types(schema: pa.Schema) -> list[pa.DataType]:
    """Return the types without what writers differ in: what they call elements, and whether these may be null."""
    return [_plain(found) for found in schema.types]


def _plain(found: pa.DataType) -> pa.DataType:
    if pa.types.is_list(found):
        return pa.list_(found.value_type)
    return pa.map_(found.key_type, found.item_type) if pa.types.is_map(found) else found


def _without_nulls(batch: pa.RecordBatch, part: Path) -> pa.RecordBatch:
    for field in SCHEMA:
        if not field.nullable and batch[field.name].null_count:
            raise BrokenDayError(f"{part}: {batch[field.name].null_count} rows without {field.name}")
    columns = {name: batch[name] for name in batch.schema.names} | {"hours": _hours(batch, part)}
    columns["minutes"] = _minutes(batch)
    columns["hour_authors"] = _hour_authors(batch, part)
    return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _hours(batch: pa.RecordBatch, part: Path) -> pa.Array:
    """Return the column ``hours`` as SCHEMA has it."""
    posts = pc.list_flatten(batch["hours"])
    if posts.null_count or not pc.all(pc.equal(pc.list_value_length(batch["hours"]), HOURS)).as_py():
        raise BrokenDayError(f"{part}: a row without the posts of each of {HOURS} hours")
    ends = pa.array(range(0, len(posts) + 1, HOURS), pa.int32())
    return pa.ListArray.from_arrays(ends, posts, type=SCHEMA.field("hours").type)


def _minutes(batch: pa.RecordBatch) -> pa.Array:
    """Return the column ``minutes`` as SCHEMA has it, null in a day that has none."""
    minutes = batch["minutes"].to_pylist() if "minutes" in batch.schema.names else [None] * batch.num_rows
    return pa.array(minutes, SCHEMA.field("minutes").type)


def _hour_authors(batch: pa.RecordBatch, part: Path) -> pa.Array:
    """Return the column ``hour_authors`` as SCHEMA has it, null in a day that has none."""
    if "hour_authors" not in batch.schema.names:
        return pa.nulls(batch.num_rows, SCHEMA.field("hour_authors").type)
    authors = pc.list_flatten(batch["hour_authors"])
    wrong_lengths = pc.not_equal(pc.list_value_length(batch["hour_authors"]), HOURS)
    if authors.null_count or pc.any(wrong_lengths).as_py() or pc.any(pc.less(authors, 0)).as_py():
        raise BrokenDayError(f"{part}: a row that does not tell the authors of each of {HOURS} hours")
    return batch["hour_authors"].cast(SCHEMA.field("hour_authors").type)


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
    """Check a batch's rows, and their order, given the row before them."""
    _check_numbers(batch, folder)
    _check_minutes(previous is None, batch, folder)
    _check_order(previous, batch, folder)


def _check_numbers(batch: pa.RecordBatch, folder: Path) -> None:
    """Check that the hours add up to the posts, and that there are about as many authors at most."""
    hours = hour_columns(batch)
    if any(pc.min(hour).as_py() < 0 for hour in hours):
        raise BrokenDayError(f"{folder}: a count below zero")
    if not pc.all(pc.equal(reduce(pc.add, hours), batch["posts"])).as_py():
        raise BrokenDayError(f"{folder}: a row whose hours do not add up to its posts")
    # Authors are an estimate, but never so wrong.
    too_many = pc.greater(batch["authors"], pc.multiply(batch["posts"], 2))
    if pc.any(pc.or_(too_many, pc.less(batch["authors"], 0))).as_py():
        raise BrokenDayError(f"{folder}: a row with more authors than its posts can have, or fewer than none")


def _check_minutes(is_first: bool, batch: pa.RecordBatch, folder: Path) -> None:
    """Check that minutes are told in the first row only, in order, and add up to its posts."""
    told = batch["minutes"][0].as_py() if is_first else None
    if batch["minutes"].null_count != batch.num_rows - (told is not None):
        raise BrokenDayError(f"{folder}: minutes in a row that is not the total of all languages")
    if told is None:
        return
    minutes = [minute for minute, _ in told]
    if minutes != sorted(set(minutes) & set(range(MINUTES))) or any(posts < 1 for _, posts in told):
        raise BrokenDayError(f"{folder}: minutes that are not in order, not of the day, or without posts")
    if sum(posts for _, posts in told) != batch["posts"][0].as_py():
        raise BrokenDayError(f"{folder}: minutes that do not add up to the posts of the day")


def _check_order(previous: pa.RecordBatch | None, batch: pa.RecordBatch, folder: Path) -> None:
    """Check the order: a wrong one would give wrong ranks."""
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


def _is_sorted(above: pa.RecordBatch, below: pa.RecordBatch, same_language: pa.Array) -> pa.Array:
    """Return for each pair of neighbouring rows whether they are in order."""
    same_posts = pc.equal(above["posts"], below["posts"])
    by_key = pc.and_(same_posts, pc.less(above["key"], below["key"]))
    within = pc.or_(pc.greater(above["posts"], below["posts"]), by_key)
    return pc.if_else(same_language, within, pc.less(above["language"], below["language"]))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
