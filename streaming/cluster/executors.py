"""Does a cluster still have executors? Spark waits for some for ever, and after its first task without a word."""

import logging
from time import monotonic
from typing import Any, cast

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0
"""How long a cluster may have none: one that was lost is replaced within a few seconds."""

WITHOUT_EXECUTORS = "counting waits: Spark's cluster has no executor"


class ExecutorWatch:
    """Asks Spark whether there is an executor. The log gets each change once."""

    def __init__(self, session: SparkSession) -> None:
        """Watch the executors of ``session``."""
        self._session = session
        self._seen_at = monotonic()
        self._is_missed = False

    def problem(self, posts_wait: bool) -> str:
        """Return what keeps tasks from running, in words for everyone; empty if executors are there or not needed.

        A cluster may take idle ones away: without ``posts_wait`` none is missed.
        """
        if not posts_wait or self._count():
            self._seen_at = monotonic()
        is_missed = monotonic() - self._seen_at > PATIENCE_SECONDS
        if is_missed and not self._is_missed:
            log.error(
                "the cluster at %s has no executor: start its workers, or look why it gives trendsite none. No post is "
                "lost, and counting goes on by itself",
                self._session.sparkContext.master,
            )
        elif self._is_missed and not is_missed:
            log.info("Spark's cluster has executors again")
        self._is_missed = is_missed
        return WITHOUT_EXECUTORS if is_missed else ""

    def _count(self) -> int:
        """Return how many executors there are. A Spark that ended is noticed elsewhere."""
        try:
            # One of those that Spark lists is the driver.
            return int(cast(Any, self._session.sparkContext._jsc).sc().getExecutorMemoryStatus().size()) - 1
        except (Py4JError, OSError, AttributeError):
            return 1
