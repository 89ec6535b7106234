"""Writes a closed day's rows to two local files: Parquet for machines, CSV for people.

Between the closed folder and storage. The same batches always give the same bytes: every writer
option is fixed and nothing in the files tells the time.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contract.closed_day import HOURS
from trendsite.history.closed_counts import SCHEMA, hour_columns
from trendsite.history.spreadsheet import safe_cells

PARQUET_NAME = "counts.parquet"
CSV_NAME = "counts.csv"

NOT_FOR_PEOPLE = ("hours", "minutes", "hour_authors")
"""What a CSV has not in one column: a spreadsheet cannot draw or add up what lies in one cell. Hours have one each."""

_CSV_SCHEMA = pa.schema(
    [
        *(field for field in SCHEMA if field.name not in NOT_FOR_PEOPLE),
        *(pa.field(f"h{hour:02}", pa.int64(), nullable=False) for hour in range(HOURS)),
    ]
)


class Export:
    """The two files of one day, open for writing in ``folder``."""

    def __init__(self, folder: Path) -> None:
        """Create the files, or overwrite them."""
        self.parquet = folder / PARQUET_NAME
        self.csv = folder / CSV_NAME
        self._parquet_writer = pq.ParquetWriter(self.parquet, SCHEMA, version="2.6", compression="zstd")
        # Strings are always quoted, so a line break in a cell would not break its row.
        options = pa_csv.WriteOptions(include_header=True, delimiter=",", quoting_style="needed")
        self._csv_writer = pa_csv.CSVWriter(self.csv, _CSV_SCHEMA, write_options=options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parquet_writer.close()
        self._csv_writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows to both files; in Parquet they form one row group."""
        self._parquet_writer.write_batch(batch)
        self._csv_writer.write_batch(_for_spreadsheets(batch))


def _for_spreadsheets(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give each hour its column, and put an apostrophe before text that would run as a formula.

    The latter applies to ``key`` and ``hashtag``.
    """
    texts = [safe_cells(batch[name]) for name in ("key", "hashtag")]
    columns = [batch["language"], *texts, batch["posts"], batch["authors"], *hour_columns(batch)]
    return pa.RecordBatch.from_arrays(columns, schema=_CSV_SCHEMA)
