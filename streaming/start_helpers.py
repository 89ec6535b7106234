"""The Python processes that Spark needs only to start a query. It keeps each of them, with some 30 MB, for ever."""

from typing import Any

from pyspark.sql import SparkSession

_START_HELPERS = (
    "pyspark.sql.worker.lookup_data_sources",
    "pyspark.sql.worker.create_data_source",
    "pyspark.sql.worker.plan_data_source_read",
)


class StartHelpers:
    """Those of a session. Should Spark need one again after its end, for another query, it starts it again."""

    def __init__(self, session: SparkSession) -> None:
        """Look after those of ``session``."""
        self._session = session
        self.are_ended = False

    def end_idle(self) -> None:
        """End those that have no process of their own any more: of these Spark ends each a minute after its last use.

        To be called once the query's first batch is done, and again until ``are_ended``: a helper that is only being
        started has none yet. One that is ended before what it forked would make Spark fail when it wants that again.
        """
        helpers = self.running()
        for helper in helpers:
            if not helper.children().count():
                helper.destroy()
        self.are_ended = not helpers

    def running(self) -> list[Any]:
        """Return those that run, as Java's ProcessHandle."""
        java: Any = self._session.sparkContext._jvm
        children = java.ProcessHandle.current().children().toArray()
        words = [child.info().arguments().orElse(None) for child in children]
        return [child for child, said in zip(children, words, strict=True) if said and said[-1] in _START_HELPERS]
