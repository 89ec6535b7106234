"""Streaming on a standalone cluster: a real master, two workers, and executors that are lost."""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import redis

from benchmarks.cluster.standalone import Standalone
from benchmarks.harness import wait_until
from contract import redis_names
from contract.post import Post
from contract.status import StreamingStatus
from streaming.cluster.executors import WITHOUT_EXECUTORS
from streaming.jobs.starting import WAITS_FOR_CLUSTER
from tests.parallel import find_free_port
from tests.streaming.cluster.driver import PATIENCE_SECONDS, HeldCollector, closed_day, counted_here, streaming
from tests.streaming.fake_collector import SECRET, FakeCollector
from tests.streaming.fake_counts import NOON


def shown(secret: str) -> list[str]:
    """Return the command lines of all processes that have a secret."""
    texts = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            texts.append(path.read_text(errors="replace"))
        except OSError:
            continue
    return [text for text in texts if secret in text]


def settings_of(cluster: Standalone, redis_url: str) -> dict[str, str]:
    return {
        "SPARK_MASTER": cluster.master,
        "SPARK_SECRET": cluster.secret,
        "SPARK_DRIVER_HOST": "127.0.0.1",
        "SPARK_EXECUTOR_PYTHON": sys.executable,
        "REDIS_URL": redis_url,
    }


def test_a_task_of_a_killed_executor_runs_again_and_the_day_is_that_of_local_byte_for_byte(
    spark, config, redis_client, redis_url, tmp_path
):
    expected = counted_here(spark, config, redis_client)
    collector = HeldCollector()
    with (
        Standalone(tmp_path / "cluster", find_free_port(), 2) as cluster,
        streaming(tmp_path / "driver", collector, **settings_of(cluster, redis_url)) as driver,
    ):
        assert collector.is_read.wait(PATIENCE_SECONDS)
        (victim,) = cluster.readers(collector.address[1])
        os.kill(victim, signal.SIGKILL)
        collector.go_on.set()
        assert closed_day(tmp_path / "driver") == expected
        assert driver.poll() is None
        assert shown(cluster.secret) == shown(SECRET) == []
        assert not any(secret in text for text in cluster.texts().values() for secret in (cluster.secret, SECRET))
    collector.stop()


def post(number: int) -> Post:
    return Post(f"a:{number}", NOON + timedelta(seconds=number), "en", ["tea"], ["Tea"], "ann")


def reported(client: redis.Redis) -> StreamingStatus | None:
    """Return what streaming reports, for the status page."""
    message = client.get(redis_names.streaming_status("test"))
    return msgspec.json.decode(message, type=StreamingStatus) if message else None


def test_a_cluster_that_is_not_there_or_loses_all_executors_is_reported_and_counting_goes_on_when_it_is_back(
    redis_client, redis_url, tmp_path
):
    collector, cluster = FakeCollector(), Standalone(tmp_path / "cluster", find_free_port(), 1)
    collector.append(post(0))
    redis_client.set(redis_names.SOURCES, redis_names.encode_sources(["test"]))

    def has_problem(problem: str) -> bool:
        report = reported(redis_client)
        return report is not None and report.problem == problem

    def is_counted() -> bool:
        report = reported(redis_client)
        return report is not None and report.counted_offset == len(collector.lines) and not report.problem

    with streaming(tmp_path / "driver", collector, **settings_of(cluster, redis_url)) as driver:
        wait_until(lambda: has_problem(WAITS_FOR_CLUSTER), "the missing master is reported", PATIENCE_SECONDS)
        with cluster:
            wait_until(is_counted, "the posts are counted", PATIENCE_SECONDS)
            os.kill(cluster.worker(1), signal.SIGKILL)
            # Its executor ends a moment later. Until then it could read the next post.
            wait_until(lambda: not cluster.executors(), "the executor has ended", PATIENCE_SECONDS)
            collector.append(post(1))
            wait_until(lambda: has_problem(WITHOUT_EXECUTORS), "the missing executors are reported", PATIENCE_SECONDS)
            cluster.start_worker(1)
            wait_until(is_counted, "counting goes on", PATIENCE_SECONDS)
            assert driver.poll() is None
    collector.stop()
