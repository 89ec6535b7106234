"""The rows of a micro-batch, read by tasks again and again until all of them reach the collector, or Kafka.

Failed tasks would fail the query after some attempts, and end the process. So a task that does not reach them says so
in its rows. The driver logs that, and runs the tasks again with the same ranges of bytes.
"""

import logging
import threading
from random import random

import pyarrow as pa
from pyspark.sql import DataFrame

from contract.backoff import Backoff
from streaming.aggregate.deltas import reason_unread

log = logging.getLogger(__name__)

BACKOFF = Backoff(first=0.5, longest=10.0)
_AGAIN = 20
"""Of so many attempts, one is logged: about every six minutes if connections get no answer."""


def read_batch(rows: DataFrame, ending: threading.Event) -> pa.Table | None:
    """Return the rows (BATCH_SCHEMA) of a micro-batch once every task has read its range; None if ``ending`` is set."""
    failures = 0
    while reason := reason_unread(table := rows.toArrow()):
        if failures % _AGAIN == 0:
            log.error("Spark's task on %s", reason)
        failures += 1
        if ending.wait(BACKOFF.delay(failures, random())):  # noqa: S311 - jitter
            return None
    if failures:
        log.info("Spark's tasks can read the posts again")
    return table
