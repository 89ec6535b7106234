"""A cluster without executors: said once, after a while, and only while posts wait."""

import logging
from types import SimpleNamespace

import pytest

from streaming.cluster import executors
from streaming.cluster.executors import PATIENCE_SECONDS, WITHOUT_EXECUTORS, ExecutorWatch


class Cluster:
    """A session of which Spark lists the driver and ``executors``, and the clock."""

    def __init__(self) -> None:
        self.executors, self.now = 1, 0.0
        listed = SimpleNamespace(size=lambda: 1 + self.executors)
        scala = SimpleNamespace(getExecutorMemoryStatus=lambda: listed)
        java = SimpleNamespace(sc=lambda: scala)
        self.session = SimpleNamespace(sparkContext=SimpleNamespace(_jsc=java, master="spark://10.0.0.2:7077"))


@pytest.fixture
def cluster(monkeypatch) -> Cluster:
    found = Cluster()
    monkeypatch.setattr(executors, "monotonic", lambda: found.now)
    return found


def test_lost_executors_are_a_problem_after_a_moment_until_there_is_one_again(cluster, caplog):
    caplog.set_level(logging.INFO)
    watch = ExecutorWatch(cluster.session)
    cluster.executors = 0
    for cluster.now in range(round(PATIENCE_SECONDS) + 1):
        assert watch.problem(posts_wait=True) == ""
    for cluster.now in range(round(PATIENCE_SECONDS) + 1, 30):
        assert watch.problem(posts_wait=True) == WITHOUT_EXECUTORS
    cluster.executors = 1
    assert watch.problem(posts_wait=True) == ""
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert caplog.records[0].message.startswith(
        "the cluster at spark://10.0.0.2:7077 has no executor: start its workers"
    )


def test_a_cluster_that_takes_idle_executors_away_has_no_problem(cluster):
    watch = ExecutorWatch(cluster.session)
    cluster.executors, cluster.now = 0, 1_000.0
    assert watch.problem(posts_wait=False) == ""
    assert watch.problem(posts_wait=True) == ""
