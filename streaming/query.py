"""One query: counts a day and what comes after it, and reads its own state back."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name
from pyspark.sql.streaming.query import StreamingQuery

from streaming.config import Config
from streaming.counts import closed_day_counts, count_posts, largest_counts
from streaming.days import QueryPlan
from streaming.posts import FORMAT
from streaming.redis_view import KEPT_HASHTAGS


def start_query(
    session: SparkSession,
    config: Config,
    plan: QueryPlan,
    checkpoint: Path,
    write_batch: Callable[[DataFrame, int], None],
) -> StreamingQuery:
    """Start counting by ``plan``, or go on from ``checkpoint`` where there is one."""
    host, port = config.collector_address
    posts = (
        session.readStream.format(FORMAT)
        .options(host=host, port=port, start=plan.start, max_bytes=config.max_batch_bytes)
        .options(splits=session.sparkContext.defaultParallelism)
    )
    if plan.until is not None:
        posts = posts.option("until", plan.until)
    return (
        count_posts(posts.load(), plan.day)
        .writeStream.outputMode("update")
        .queryName(f"day {plan.day}")
        .option("checkpointLocation", str(checkpoint))
        .foreachBatch(write_batch)
        .start()
    )


def read_state(session: SparkSession, checkpoint: Path, batch: int) -> DataFrame:
    """Return every count of a query after one of its committed batches, as count_posts gives them."""
    state = session.read.format("statestore").option("batchId", batch).load(str(checkpoint))
    return state.select("key.*", F.col("value.count").alias("posts"))


def read_largest(session: SparkSession, checkpoint: Path, batch: int) -> Iterator[pa.RecordBatch]:
    """Return what Redis keeps of the state after one batch."""
    yield from largest_counts(read_state(session, checkpoint, batch), KEPT_HASHTAGS).toArrow().to_batches()


def write_closed_day(session: SparkSession, checkpoint: Path, batch: int, day: date, folder: Path) -> None:
    """Write a closed day's whole counts as contract.closed_day describes; repeated, it changes nothing."""
    if folder.exists():
        return
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    counts = closed_day_counts(read_state(session, checkpoint, batch), day)
    counts.coalesce(1).write.mode("overwrite").parquet(str(unfinished))
    unfinished.rename(folder)
