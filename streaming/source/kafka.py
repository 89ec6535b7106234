"""A log in Kafka as a Spark data source. The collector says how far the stream is, and the tasks read the topic.

An offset of Spark's has the offset in the stream and the place of each partition there. So a batch that Spark repeats
reads the same messages. The rows name every range of bytes that their task read, and the driver refuses a batch in
which one is missing or twice (``batch_of``). The counts file needs the stream's offset only: the places there are found
at the start of a query.
"""

import json
import logging
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from random import random
from time import monotonic, sleep
from typing import Any, TypeVar, cast

import pyarrow as pa
from pyspark.sql.datasource import DataSource, InputPartition
from pyspark.sql.streaming.datasource import ReadLimit
from pyspark.sql.types import StructType

from contract.address import Address
from contract.kafka_log import Chunk, KafkaTopic, PlaceRange, ranges_between
from contract.kafka_reader import ChunkReader, KafkaReadError, PlacesDeletedError
from contract.socket_protocol import StreamStatus
from streaming.aggregate.deltas import BATCH_COLUMNS, BATCH_SCHEMA, batch_rows, unread_rows
from streaming.source.client import BACKOFF, PATIENCE_SECONDS, CollectorClient
from streaming.source.collector import (
    BYTES_PER_READ,
    BYTES_PER_TASK,
    KAFKA_FORMAT,
    MAX_WAIT_SECONDS,
    CollectorStreamReader,
    freeze_objects,
)
from streaming.source.lines import parse

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

TASK_PATIENCE_SECONDS = 20.0
"""How long a task waits for the next message. Then the driver logs the reason, and the task connects anew.

A connection to a machine that lost its power does not end by itself for a minute.
"""

_readers: dict[tuple[KafkaTopic, str], ChunkReader] = {}
"""The connections of this Python worker. Spark gives it one task after the other."""


@dataclass
class KafkaRanges(InputPartition):
    """What one task reads: messages of a stream in some partitions, with bytes in [start, end)."""

    source: str
    start: int
    end: int
    ranges: list[PlaceRange] = field(default_factory=list)


class KafkaDataSource(DataSource):
    """``spark.readStream.format("kafka_log")``.

    Options: those of CollectorDataSource; ``brokers`` and ``topic``; ``connection_secret``, the settings of a
    connection as JSON (Spark redacts options of that name).
    """

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return KAFKA_FORMAT

    def schema(self) -> str:
        """Return the columns: BATCH_SCHEMA of streaming.aggregate.deltas."""
        return BATCH_COLUMNS

    def streamReader(self, schema: StructType) -> "KafkaStreamReader":  # noqa: ARG002, N802 - Spark's signature
        """Return the reader of one query."""
        options = self.options
        return KafkaStreamReader(
            topic=KafkaTopic(options["brokers"], options["topic"], _properties(options["connection_secret"])),
            address=(options["host"], int(options["port"])),
            secret=options["secret"],
            start=int(options["start"]),
            max_bytes=int(options["max_bytes"]),
        )


class KafkaStreamReader(CollectorStreamReader):
    """Plans the messages of each batch on the driver and reads them in the tasks."""

    def __init__(self, topic: KafkaTopic, address: Address, secret: str, start: int, max_bytes: int) -> None:
        """Read ``topic`` from offset ``start`` of the collector's stream on, about ``max_bytes`` per batch."""
        super().__init__(address, secret, start, max_bytes)
        self._topic = topic
        self._stream: StreamStatus | None = None

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802 - Spark's name
        """Return where the query starts. Finding the places takes a moment."""
        self._durable_end()
        return _offset(self._start, self._patiently(self._start_places))

    def _start_places(self, reader: ChunkReader) -> dict[int, int]:
        lows = {of.partition: of.low for of in reader.bounds()}
        return lows | reader.places_at(self._start, ranges_between(lows, self._known_stream().places))

    def latestOffset(self, start: dict[str, Any], limit: ReadLimit) -> dict[str, Any]:  # noqa: N802
        """Return where the next batch ends: at the last commit, or at a chunk after about ``max_bytes``."""
        end = super().latestOffset(start, limit)["offset"]
        stream = self._known_stream()
        if end == start["offset"]:
            return start
        if end < stream.end_offset:
            ranges = ranges_between(_places(start), stream.places)
            boundary, places = self._patiently(lambda reader: reader.boundary(end, ranges))
            if boundary is not None:
                return _offset(boundary, _places(start) | places)
        return _offset(stream.end_offset, stream.places)

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> list[InputPartition]:  # type: ignore[override]
        """Return the tasks of one batch: one, or one for each partition if it is large."""
        source, first, last = self._known_stream().source, start["offset"], end["offset"]
        ranges = ranges_between(_places(start), _places(end))
        if last - first <= BYTES_PER_TASK:
            return [KafkaRanges(source, first, last, ranges)]
        return [KafkaRanges(source, first, last, [of]) for of in ranges]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Yield the rows of BATCH_SCHEMA of some messages, or a row that says why they cannot be read."""
        freeze_objects()
        task = cast(KafkaRanges, partition)
        try:
            chunks = self._chunks_of(task)
        except KafkaReadError as error:
            _discard_reader(self._topic, task.source)
            rows = unread_rows(f"{platform.node()}: {error}; let that machine connect to Kafka", task.start, task.end)
            return iter(rows.to_batches())
        return iter(self._rows_of(task, chunks).combine_chunks().to_batches())

    def _chunks_of(self, task: KafkaRanges) -> list[Chunk]:
        """Return the chunks of a task in order.

        Raises:
            KafkaReadError: they cannot be read.
        """
        reader = _reader_of(self._topic, task.source)
        try:
            return _in_order(reader.read(task.ranges))
        except PlacesDeletedError:
            # After a pause longer than the retention, a range may begin with places whose posts are long counted.
            lows = {of.partition: of.low for of in reader.bounds()}
            left = [PlaceRange(of.partition, max(of.low, lows[of.partition]), of.high) for of in task.ranges]
            chunks = _in_order(reader.read(left))
            if _runs(chunks) != [(task.start, task.end)]:
                raise
            return chunks

    def _rows_of(self, task: KafkaRanges, chunks: Sequence[Chunk]) -> pa.Table:
        """Return the rows of what a task read.

        Raises:
            KafkaReadError: other posts are in its place.
        """
        if stray := next((chunk for chunk in chunks if not task.start <= chunk.start < task.end), None):
            raise KafkaReadError(
                f"a message in [{task.start}, {task.end}) has the posts from {stray.start} on: the topic "
                f"{self._topic.name} is not the one that was counted"
            )
        return chunk_rows(chunks) if chunks else BATCH_SCHEMA.empty_table()

    def _patiently(self, ask: Callable[[ChunkReader], Answer]) -> Answer:
        """Ask Kafka until it answers: an error would end the query, and a new start finds the same brokers.

        Raises:
            KafkaReadError: it did not answer for PATIENCE_SECONDS.
        """
        source, until, failures = self._known_stream().source, monotonic() + PATIENCE_SECONDS, 0
        while True:
            try:
                return ask(_reader_of(self._topic, source))
            except KafkaReadError as error:
                _discard_reader(self._topic, source)
                if monotonic() > until:
                    raise
                if not failures:
                    log.warning("waiting: %s", error)
            failures += 1
            sleep(BACKOFF.delay(failures, random()))  # noqa: S311 - jitter

    def _durable_end(self, wanted: int = 0) -> int:
        if self._client is None:
            self._client = CollectorClient(self._address, self._secret)
        self._stream = self._client.status(wanted, MAX_WAIT_SECONDS)
        return self._stream.end_offset

    def _known_stream(self) -> StreamStatus:
        if self._stream is None:
            self._durable_end()
        return cast(StreamStatus, self._stream)


def chunk_rows(chunks: Sequence[Chunk]) -> pa.Table:
    """Return the rows of BATCH_SCHEMA of chunks in order, at least one.

    They have the range of the first bytes in a row. Each further range has a row of its own, without posts.
    """
    first, *others = _runs(chunks)
    posts = pa.concat_tables([parse(lines) for lines in _joined(chunks)])
    return pa.concat_tables([batch_rows(posts, *first), *(batch_rows(None, *run) for run in others)])


def _in_order(chunks: Iterable[Chunk]) -> list[Chunk]:
    return sorted(chunks, key=lambda chunk: chunk.start)


def _runs(chunks: Sequence[Chunk]) -> list[tuple[int, int]]:
    """Return the ranges of bytes in chunks, those that touch as one."""
    runs: list[tuple[int, int]] = []
    for chunk in chunks:
        if runs and runs[-1][1] == chunk.start:
            runs[-1] = runs[-1][0], chunk.end
        else:
            runs.append((chunk.start, chunk.end))
    return runs


def _joined(chunks: Sequence[Chunk]) -> Iterator[bytes]:
    """Yield the lines of chunks, about BYTES_PER_READ at a time."""
    first = chunks[0].start
    for _, some in groupby(chunks, key=lambda chunk: (chunk.start - first) // BYTES_PER_READ):
        yield b"".join(chunk.lines for chunk in some)


def _reader_of(topic: KafkaTopic, source: str) -> ChunkReader:
    if (topic, source) not in _readers:
        _readers[topic, source] = ChunkReader(topic, source, TASK_PATIENCE_SECONDS)
    return _readers[topic, source]


def _properties(secret: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in json.loads(secret))


def _discard_reader(topic: KafkaTopic, source: str) -> None:
    """Close a reader that has failed: its connections may be the reason."""
    if reader := _readers.pop((topic, source), None):
        reader.close()


def _offset(offset: int, places: dict[int, int]) -> dict[str, Any]:
    """Return an offset of Spark's, which is JSON."""
    return {"offset": offset, "places": {str(partition): place for partition, place in sorted(places.items())}}


def _places(offset: dict[str, Any]) -> dict[int, int]:
    return {int(partition): place for partition, place in offset["places"].items()}
