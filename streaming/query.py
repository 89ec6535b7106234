"""One query: counts a day and what comes after it, and reads its own state back."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from streaming.changes import KEPT_HASHTAGS
from streaming.config import Config
from streaming.counts import closed_day_counts, count_posts, counts_of_state, largest_counts, readable
from streaming.days import QueryPlan
from streaming.posts import FORMAT


def start_query(
    session: SparkSession,
    config: Config,
    plan: QueryPlan,
    checkpoint: Path,
    write_batch: Callable[[DataFrame, int], None],
) -> StreamingQuery:
    """Start counting by ``plan``, or go on from ``checkpoint`` where there is one."""
    host, port = config.collector_address
    posts = session.readStream.format(FORMAT).options(
        host=host, port=port, start=plan.start, max_bytes=config.max_batch_bytes
    )
    if plan.until is not None:
        posts = posts.option("until", plan.until)
    # Read and counted in one task: with one state store there is nothing to shuffle, and a stage less.
    counts = readable(count_posts(posts.load().coalesce(1), plan.day))
    return (
        counts.writeStream.outputMode("update")
        .queryName(f"day {plan.day}")
        .option("checkpointLocation", str(checkpoint))
        .foreachBatch(write_batch)
        .start()
    )


def read_state(session: SparkSession, checkpoint: Path, batch: int) -> DataFrame:
    """Return every count of a query after one of its committed batches, readable."""
    state = session.read.format("statestore").option("batchId", batch).load(str(checkpoint))
    return readable(counts_of_state(state))


def read_largest(session: SparkSession, checkpoint: Path, batch: int) -> pa.Table:
    """Return what Redis keeps of the state after one batch."""
    return largest_counts(read_state(session, checkpoint, batch), KEPT_HASHTAGS).toArrow()


def write_closed_day(session: SparkSession, checkpoint: Path, batch: int, day: date, folder: Path) -> None:
    """Write a closed day's whole counts as contract.closed_day describes; repeated, it changes nothing."""
    if folder.exists():
        return
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    counts = closed_day_counts(read_state(session, checkpoint, batch), day)
    counts.coalesce(1).write.mode("overwrite").parquet(str(unfinished))
    unfinished.rename(folder)
