"""Spark gives a helper up after a minute, so what follows that is tried on stand-ins for its processes."""

import threading

from contract.post import Post
from streaming.query import start_query
from streaming.start_helpers import StartHelpers
from tests.streaming.made_up_counts import NOON

PATIENCE_SECONDS = 60


class Process:
    """As much of Java's ProcessHandle as is asked of one."""

    def __init__(self, children: int) -> None:
        self.destroyed = False
        self._children = children

    def children(self) -> "Process":
        return self

    def count(self) -> int:
        return self._children

    def destroy(self) -> None:
        self.destroyed = True


def test_what_spark_may_use_again_is_left_to_it(spark, config, collector):
    collector.append(Post("a:1", NOON, "en", ["tea"], ["Tea"]))
    begun = threading.Event()
    query = start_query(spark, config, 0, config.data_dir, lambda _: begun.set())
    assert begun.wait(PATIENCE_SECONDS)
    helpers = StartHelpers(spark)
    used = [helper for helper in helpers.running() if helper.children().count()]
    helpers.end_idle()
    query.stop()
    assert used
    assert all(helper.isAlive() for helper in used)
    assert not helpers.are_ended


def test_what_spark_gave_up_is_ended_and_looked_after_until_none_is_left(monkeypatch):
    idle, used = Process(children=0), Process(children=1)
    running = iter([[idle, used], []])
    helpers = StartHelpers(None)
    monkeypatch.setattr(helpers, "running", lambda: next(running))
    helpers.end_idle()
    assert (idle.destroyed, used.destroyed, helpers.are_ended) == (True, False, False)
    helpers.end_idle()
    assert helpers.are_ended
