"""Writes a closed day to local files for storage: counts as Parquet and as CSV, the race as NDJSON.

The same input always gives the same bytes: every writer option is fixed, and no file contains a time of writing.
"""

import gzip
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contract.closed_day import HOURS
from contract.closed_day_schema import PAIRS_SCHEMA, STORED_SCHEMA
from contract.race import PLACES, Frame, FramePlace, encode_frames, end_of, latest_frames, read_frames
from trendsite.archive.model_fields import pack_frames
from trendsite.archive.pipeline.closed_counts import hour_columns
from trendsite.archive.pipeline.database import DaySummary, LanguageSummary
from trendsite.archive.pipeline.layout import CSV_NAME, PARQUET_NAME

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Excel reads a CSV that starts with it as UTF-8."""

_NESTED_COLUMNS = ("hours", "minutes", "hour_authors")
"""Columns with several numbers in a cell. A spreadsheet cannot use these, so a CSV has one column for each hour."""

_HOUR_NAMES = [f"h{hour:02}" for hour in range(HOURS)]
_USER_TEXTS = ("source", "key", "hashtag")
_FORMULA_START = r"^([=+\-@\t\r\n＝＋－＠])"  # noqa: RUF001 - spreadsheets take the full-width signs too

_formula_start = re.compile(_FORMULA_START)


class DayFiles:
    """The two files with a day's counts, open for writing."""

    def __init__(self, folder: Path) -> None:
        """Create the files in ``folder``, or overwrite them."""
        self.parquet = folder / PARQUET_NAME
        self.csv = folder / CSV_NAME
        self._csv_schema = csv_schema(STORED_SCHEMA)
        self._parquet_writer = parquet_writer(self.parquet, STORED_SCHEMA)
        self._csv_writer = csv_writer(self.csv, self._csv_schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parquet_writer.close()
        self._csv_writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows of STORED_SCHEMA to both files; in Parquet they form one row group."""
        self._parquet_writer.write_batch(batch)
        self._csv_writer.write_batch(csv_rows(batch, self._csv_schema))


def parquet_writer(target: Path | IO[bytes], schema: pa.Schema) -> pq.ParquetWriter:
    """Return a writer with the archive's options."""
    return pq.ParquetWriter(target, schema, version="2.6", compression="zstd")


def csv_writer(target: Path | IO[bytes], schema: pa.Schema) -> pa_csv.CSVWriter:
    """Return a writer with the archive's options. It quotes every text, so a line break in a cell breaks no row."""
    options = pa_csv.WriteOptions(include_header=True, delimiter=",", quoting_style="needed")
    return pa_csv.CSVWriter(target, schema, write_options=options)


def csv_schema(schema: pa.Schema) -> pa.Schema:
    """Return the columns of a CSV: those of ``schema`` without nested ones, then one for each hour."""
    nullable = schema.field("hours").nullable
    flat = [field for field in schema if field.name not in _NESTED_COLUMNS]
    return pa.schema([*flat, *(pa.field(name, pa.int64(), nullable=nullable) for name in _HOUR_NAMES)])


def csv_rows(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return rows in the columns of ``csv_schema``, without formulas in texts that users wrote."""
    columns = {name: batch[name] for name in batch.schema.names}
    columns |= {name: safe_cells(columns[name]) for name in _USER_TEXTS if name in columns}
    columns |= dict(zip(_HOUR_NAMES, hour_columns(batch), strict=True))
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula: ``'=1+1``, which shows as ``=1+1``.

    Hashtags come from anyone, and ``=HYPERLINK(...)`` may be one.
    """
    return _formula_start.sub(r"'\1", text)


def safe_cells(texts: pa.Array) -> pa.Array:
    """Return many texts as ``safe_cell`` does."""
    return pc.replace_substring_regex(texts, _FORMULA_START, r"'\1")


def write_pairs(pairs: pa.Table, target: Path) -> Path:
    """Write the hashtags used together (PAIRS_SCHEMA) to ``target``; return it."""
    with parquet_writer(target, PAIRS_SCHEMA) as writer:
        writer.write_table(pairs)
    return target


def write_race_file(recording: Path, day: date, summary: DaySummary, target: Path) -> dict[str, bytes]:
    """Write the race frames of a day to ``target``, sorted by language, and return them packed, by language.

    Each language ends with the day's final counts. Without a recording there is no file, and the result is empty.

    Raises:
        OSError: the recording cannot be read, or the file not written.
    """
    target.unlink(missing_ok=True)
    if not latest_frames(recording):
        return {}
    packed = {}
    with target.open("wb") as file, gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as lines:
        # One language in memory at a time: all of them can take hundreds of MiB.
        for language, total in sorted(summary.languages.items()):
            final = _final_frame(day, language, total)
            frames = _ending_with(final, read_frames(recording, language))
            lines.write(encode_frames(frames))
            packed[language] = pack_frames(frames)
    return packed


def _final_frame(day: date, language: str, total: LanguageSummary) -> Frame:
    top = [FramePlace(top.key, top.hashtag, top.posts) for top in total.top[:PLACES]]
    return Frame(end_of(day), language, total.posts, top)


def _ending_with(final: Frame, recorded: Iterable[Frame]) -> list[Frame]:
    """Return the frames before the final one. Frames of an abandoned count, which had more posts, are left out."""
    return [*(frame for frame in recorded if frame.at < final.at and frame.posts <= final.posts), final]
