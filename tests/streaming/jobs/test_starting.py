"""While Spark starts on a cluster, the status page says that counting waits."""

from dataclasses import replace

import msgspec
import pytest

from benchmarks.harness import wait_until
from contract import redis_names
from contract.status import StreamingStatus
from streaming.cluster.config import ClusterConfig
from streaming.jobs.starting import WAITS_FOR_CLUSTER, start_reported

CLUSTER = ClusterConfig("10.0.0.1", "10.0.0.1")


def problem(client, source: str) -> str | None:
    message = client.get(redis_names.streaming_status(source))
    return msgspec.json.decode(message, type=StreamingStatus).problem if message else None


@pytest.mark.parametrize(("running", "announced", "expected"), [((), ["x"], {"x"}), (("x", "y"), [], {"x", "y"})])
def test_every_source_waits_for_the_cluster(config, redis_client, running, announced, expected):
    redis_client.set(redis_names.SOURCES, redis_names.encode_sources(announced))
    with start_reported(redis_client, replace(config, cluster=CLUSTER, running=running)):
        wait_until(lambda: all(problem(redis_client, source) == WAITS_FOR_CLUSTER for source in expected), "it is said")


def test_nothing_is_reported_where_there_is_no_cluster_or_no_source_yet(config, redis_client):
    redis_client.delete(redis_names.SOURCES)
    with start_reported(redis_client, replace(config, cluster=CLUSTER)), start_reported(redis_client, config):
        pass
    assert not redis_client.keys(redis_names.streaming_status("*"))
