"""The collector's socket as a Spark data source: offsets on the driver, posts -> rows of deltas in the tasks.

Spark asks for a range of offsets and the collector sends the lines in it. So a batch that Spark repeats reads the
same posts. Several tasks read a large batch, one a small one.
"""

import gc
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import cast

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadLimit
from pyspark.sql.types import StructType

from contract.address import Address
from streaming.aggregate.deltas import BATCH_COLUMNS, batch_rows, unread_rows
from streaming.source.client import CollectorClient, CollectorUnreachableError
from streaming.source.lines import parse

FORMAT = "collector"
KAFKA_FORMAT = "kafka_log"
"""The format of streaming.source.kafka, which is imported only where the log is in Kafka."""

BYTES_PER_READ = 2 * 1024 * 1024
BYTES_PER_TASK = 4 * 1024 * 1024
"""A task of its own for fewer bytes costs more than it gains."""

SMALL_BATCH_BYTES = 16 * 1024
MAX_WAIT_SECONDS = 0.25
_REMEDY = "let that machine connect to the collector, or set COLLECTOR_ADDRESS to an address that it reaches"

TASK_PATIENCE_SECONDS = 8.0
"""How long a task asks a collector that does not answer. The driver then logs the reason, and runs the task again."""


@dataclass
class ByteRange(InputPartition):
    """The lines of one task: those that begin in [start, end)."""

    start: int
    end: int


class CollectorDataSource(DataSource):
    """``spark.readStream.format("collector")``.

    Options: ``host``, ``port``; ``secret``, shared with the collector (Spark redacts options of that name);
    ``start``, the first offset; ``max_bytes`` per batch; ``cores`` for its tasks.
    """

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return FORMAT

    def schema(self) -> str:
        """Return the columns: BATCH_SCHEMA of streaming.aggregate.deltas."""
        return BATCH_COLUMNS

    def streamReader(self, schema: StructType) -> "CollectorStreamReader":  # noqa: ARG002, N802 - Spark's signature
        """Return the reader of one query."""
        options = self.options
        return CollectorStreamReader(
            address=(options["host"], int(options["port"])),
            secret=options["secret"],
            start=int(options["start"]),
            max_bytes=int(options["max_bytes"]),
            cores=int(options["cores"]),
        )


class CollectorStreamReader(DataSourceStreamReader):
    """Plans byte ranges on the driver and reads them in the tasks."""

    def __init__(self, address: Address, secret: str, start: int, max_bytes: int, cores: int = 1) -> None:
        """Read from offset ``start`` on, at most ``max_bytes`` per batch, in at most ``cores`` tasks."""
        self._address = address
        self._secret = secret
        self._start = start
        self._max_bytes = max_bytes
        self._cores = cores
        self._client: CollectorClient | None = None

    def __getstate__(self) -> dict[str, object]:
        # Tasks get a pickled copy. The driver's connection stays with the driver.
        return {**self.__dict__, "_client": None}

    def initialOffset(self) -> dict[str, int]:  # noqa: N802 - Spark's name
        """Return where the query starts."""
        return {"offset": self._start}

    def latestOffset(self, start: dict[str, int], limit: ReadLimit) -> dict[str, int]:  # noqa: ARG002, N802
        """Return where the next batch ends: at the end of what is durable, or after ``max_bytes``.

        Every batch costs about the same, so in a slow stream this waits a moment for more posts.
        """
        first = start["offset"]
        end = self._durable_end(first + SMALL_BATCH_BYTES)
        return {"offset": max(min(end, first + self._max_bytes), first)}

    def _durable_end(self, wanted: int = 0) -> int:
        """Return where the durable bytes end, once they reach ``wanted`` or MAX_WAIT_SECONDS have passed."""
        if self._client is None:
            self._client = CollectorClient(self._address, self._secret)
        return self._client.status(wanted, MAX_WAIT_SECONDS).end_offset

    def partitions(self, start: dict[str, int], end: dict[str, int]) -> list[ByteRange]:
        """Return the byte ranges of one batch, one for each task."""
        first, size = start["offset"], end["offset"] - start["offset"]
        tasks = max(min(self._cores, -(-size // BYTES_PER_TASK)), 1)
        return [ByteRange(*ends) for ends in pairwise(first + size * task // tasks for task in range(tasks + 1))]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Yield the rows of BATCH_SCHEMA of one byte range, or a row that says why it cannot be read."""
        freeze_objects()
        byte_range = cast(ByteRange, partition)
        try:
            rows = self._rows(byte_range)
        except CollectorUnreachableError as error:
            reason = f"{platform.node()}: {error}; {_REMEDY}"
            rows = unread_rows(reason, byte_range.start, byte_range.end)
        yield from rows.to_batches()

    def _rows(self, byte_range: ByteRange) -> pa.Table:
        with CollectorClient(self._address, self._secret, TASK_PATIENCE_SECONDS) as client:
            pieces = (
                client.read(start, min(start + BYTES_PER_READ, byte_range.end))
                for start in range(byte_range.start, byte_range.end, BYTES_PER_READ)
            )
            parsed = [parse(lines) for lines in pieces if lines]
        posts = pa.concat_tables(parsed) if parsed else None
        return batch_rows(posts, byte_range.start, byte_range.end)

    def stop(self) -> None:
        """Close the driver's connection."""
        if self._client is not None:
            self._client.close()


@cache
def freeze_objects() -> None:
    """Once in each worker, hide all its objects from the garbage collector: PySpark runs that after each task."""
    gc.collect()
    gc.freeze()
