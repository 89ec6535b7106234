"""``python -m streaming.class_archive FILE`` writes an archive of Java's classes, with which Spark starts faster.

Spark loads 14,000 classes. In the archive they are parsed and checked already: Java maps the file into memory. It is
made once for each Java and Spark, by a Spark that counts some made-up posts and writes its classes when it ends. Java
checks that an archive fits itself and each of Spark's files, and starts without it otherwise. It does not see that one
is cut off, so a second file has the size of a whole one.
"""

import logging
import os
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from contract.environment import Environment
from contract.files import rename_durably, sync, write_atomically
from streaming.aggregate.deltas import batch_rows
from streaming.config import StreamingConfig
from streaming.jobs.stream_job import start_query
from streaming.session import create_session, recorded_size
from streaming.source.collector import SMALL_BATCH_BYTES, ByteRange, CollectorDataSource, CollectorStreamReader
from streaming.source.lines import parse

_BATCHES = 4
_BATCH_BYTES = SMALL_BATCH_BYTES
_BATCH_SECONDS = 120
_END_SECONDS = 300
_LINE = b'{"created_at":"2026-01-01T00:00:00Z","lang":"en","hashtags":["a"],"spellings":["A"],"author":"1"}\n'


class MadeUpPosts(CollectorDataSource):
    """The collector's data source without a collector."""

    def streamReader(self, schema: StructType) -> "MadeUpReader":  # noqa: ARG002, N802 - Spark's signature
        """Return the reader of a stream that never ends."""
        return MadeUpReader(("", 0), "", 0, _BATCH_BYTES)


class MadeUpReader(CollectorStreamReader):
    """Plans ranges as the collector's reader does, and reads the same posts in each."""

    def _durable_end(self, wanted: int = 0) -> int:
        return wanted

    def _rows(self, byte_range: ByteRange) -> pa.Table:
        return batch_rows(parse(_LINE), byte_range.start, byte_range.end)


def main() -> None:
    """Write the archive, and record its size once it is durable."""
    path = Path(sys.argv[1])
    logging.getLogger("py4j").setLevel(logging.WARNING)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        _write(draft)
        sync(draft)
        recorded_size(path).unlink(missing_ok=True)
        rename_durably(draft, path)
        write_atomically(recorded_size(path), str(path.stat().st_size).encode())
    finally:
        draft.unlink(missing_ok=True)


def _write(draft: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="classes-") as folder:
        environment = Environment({"SOURCE": "simulator", "DATA_DIR": folder, "COLLECTOR_SECRET": token_hex(32)})
        config = replace(StreamingConfig.from_env(environment)[0], cluster=None)
        session = create_session(config, (f'"-XX:ArchiveClassesAtExit={draft}"',))
        session.dataSource.register(MadeUpPosts)
        _count(session, config)
        _end(session)


def _count(session: SparkSession, config: StreamingConfig) -> None:
    """Count some batches.

    Raises:
        TimeoutError: they take too long.
    """
    counted = threading.Semaphore(0)
    ending = threading.Event()
    query = start_query(session, config, 0, lambda _: counted.release(), ending)
    for _ in range(_BATCHES):
        if not counted.acquire(timeout=_BATCH_SECONDS):
            raise TimeoutError(f"a batch took longer than {_BATCH_SECONDS} s: {query.exception()}")
    ending.set()
    query.stop()


def _end(session: SparkSession) -> None:
    """End Java, and wait until it has written its classes."""
    java = cast(Any, session.sparkContext._gateway).proc
    session.stop()
    java.stdin.close()
    java.wait(_END_SECONDS)


if __name__ == "__main__":
    main()
