"""The one query: micro-batches of the collector's stream, each read and added up by Spark, handed on whole."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from streaming.config import Config
from streaming.posts import FORMAT


def start_query(
    session: SparkSession, config: Config, start: int, scratch: Path, take: Callable[[pa.Table], None]
) -> StreamingQuery:
    """Start reading at ``start``; ``take`` gets the rows (streaming.batch) of one micro-batch after the other.

    Where to go on is kept with the counts. What Spark notes for itself is for this run alone, so it lies in a new
    folder of ``scratch``.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    host, port = config.collector_address
    posts = session.readStream.format(FORMAT).options(
        host=host, port=port, start=start, max_bytes=config.max_batch_bytes
    )

    def hand_on(rows: DataFrame, _: int) -> None:
        take(rows.toArrow())

    return (
        posts.load()
        .writeStream.queryName("posts")
        .option("checkpointLocation", tempfile.mkdtemp(prefix="query-", dir=scratch))
        .foreachBatch(hand_on)
        .start()
    )
