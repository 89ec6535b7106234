"""The Python data source that reads the collector: socket in, Arrow record batches out.

Spark asks for offsets, the collector answers with the lines between them, so a batch that is
tried again reads the very same posts.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic, sleep
from typing import cast

import pyarrow as pa
import pyarrow.json
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadLimit
from pyspark.sql.types import StructType

from streaming.batch import COLUMNS, batch_rows
from streaming.collector_client import CollectorClient

FORMAT = "collector"
PIECE_BYTES = 2 * 1024 * 1024
WORTH_A_BATCH_BYTES = 16 * 1024
LONGEST_WAIT_SECONDS = 0.25
LOOK_SECONDS = 0.025

_STRINGS = pa.list_(pa.string())
_FIELDS = pa.schema(
    [
        ("created_at", pa.string()),
        ("lang", pa.string()),
        ("hashtags", _STRINGS),
        ("spellings", _STRINGS),
        ("author", pa.string()),
    ]
)


def parse(lines: bytes) -> pa.Table:
    """Return the posts of NDJSON lines (contract.post) as a table: created_at, lang, hashtags, spellings, author.

    Raises:
        pyarrow.ArrowInvalid: a line is not a post; the collector writes none, so the spool is damaged.
    """
    return read_fields(lines, _FIELDS)


def read_fields(lines: bytes, fields: pa.Schema) -> pa.Table:
    """Return these fields of NDJSON lines as a table.

    Raises:
        pyarrow.ArrowInvalid: a line is not JSON, or a field is of another type.
    """
    # The block must hold the longest line; one block also saves the merge of many.
    read_options = pyarrow.json.ReadOptions(use_threads=False, block_size=max(len(lines), 1))
    parse_options = pyarrow.json.ParseOptions(explicit_schema=fields, unexpected_field_behavior="ignore")
    return pyarrow.json.read_json(io.BytesIO(lines), read_options=read_options, parse_options=parse_options)


@dataclass
class ByteRange(InputPartition):
    """The lines of a batch: those that begin in [start, end)."""

    start: int
    end: int


class CollectorDataSource(DataSource):
    """``spark.readStream.format("collector")``.

    Options: ``host``, ``port``; ``start``, the first offset; ``max_bytes`` a batch.
    """

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return FORMAT

    def schema(self) -> str:
        """Return the columns of streaming.batch."""
        return COLUMNS

    def streamReader(self, schema: StructType) -> "CollectorStreamReader":  # noqa: ARG002, N802 - Spark's signature
        """Return the reader of one query."""
        options = self.options
        return CollectorStreamReader(
            address=(options["host"], int(options["port"])),
            start=int(options["start"]),
            max_bytes=int(options["max_bytes"]),
        )


class CollectorStreamReader(DataSourceStreamReader):
    """Offsets on the driver, lines in the tasks."""

    def __init__(self, address: tuple[str, int], start: int, max_bytes: int) -> None:
        """Read from ``start`` on, at most ``max_bytes`` a batch."""
        self._address = address
        self._start = start
        self._max_bytes = max_bytes
        self._client: CollectorClient | None = None

    def __getstate__(self) -> dict[str, object]:
        # A task gets a copy by pickle; the driver's connection stays with the driver.
        return {**self.__dict__, "_client": None}

    def initialOffset(self) -> dict[str, int]:  # noqa: N802 - Spark's name
        """Return where the query starts."""
        return {"offset": self._start}

    def latestOffset(self, start: dict[str, int], limit: ReadLimit) -> dict[str, int]:  # noqa: ARG002, N802
        """Return how far the next batch may read: what is durable, within the bound of a batch.

        A batch costs nearly the same whatever is in it, so where few posts come it waits for more.
        """
        first = start["offset"]
        until = monotonic() + LONGEST_WAIT_SECONDS
        while (end := self._durable_end()) < first + WORTH_A_BATCH_BYTES and monotonic() < until:
            sleep(LOOK_SECONDS)
        return {"offset": max(min(end, first + self._max_bytes), first)}

    def _durable_end(self) -> int:
        if self._client is None:
            self._client = CollectorClient(self._address)
        return self._client.status().end_offset

    def partitions(self, start: dict[str, int], end: dict[str, int]) -> list[ByteRange]:
        """Return the byte range of one batch: one task reads it, so that a hashtag is one row."""
        return [ByteRange(start["offset"], end["offset"])]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Return what the posts of one byte range add to the counts."""
        lines_of = cast(ByteRange, partition)
        with CollectorClient(self._address) as client:
            pieces = (
                client.read(start, min(start + PIECE_BYTES, lines_of.end))
                for start in range(lines_of.start, lines_of.end, PIECE_BYTES)
            )
            parsed = [parse(lines) for lines in pieces if lines]
        posts = pa.concat_tables(parsed) if parsed else None
        yield from batch_rows(posts, lines_of.start, lines_of.end).combine_chunks().to_batches()

    def stop(self) -> None:
        """Close the driver's connection."""
        if self._client is not None:
            self._client.close()
