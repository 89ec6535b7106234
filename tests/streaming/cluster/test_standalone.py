"""Streaming on a standalone cluster: a real master, two workers, and executors that are lost."""

import os
import signal
import sys
from pathlib import Path

from benchmarks.cluster.standalone import Standalone
from tests.parallel import find_free_port
from tests.streaming.cluster.driver import PATIENCE_SECONDS, HeldCollector, closed_day, counted_here, streaming
from tests.streaming.fake_collector import SECRET


def shown(secret: str) -> list[str]:
    """Return the command lines of all processes that have a secret."""
    texts = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            texts.append(path.read_text(errors="replace"))
        except OSError:
            continue
    return [text for text in texts if secret in text]


def test_a_task_of_a_killed_executor_runs_again_and_the_day_is_that_of_local_byte_for_byte(
    spark, config, redis_client, redis_url, tmp_path
):
    expected = counted_here(spark, config, redis_client)
    collector = HeldCollector()
    with Standalone(tmp_path / "cluster", find_free_port(), 2) as cluster:
        settings = {
            "SPARK_MASTER": cluster.master,
            "SPARK_SECRET": cluster.secret,
            "SPARK_DRIVER_HOST": "127.0.0.1",
            "SPARK_EXECUTOR_PYTHON": sys.executable,
            "REDIS_URL": redis_url,
        }
        with streaming(tmp_path / "driver", collector, **settings) as driver:
            assert collector.is_read.wait(PATIENCE_SECONDS)
            (victim,) = cluster.readers(collector.address[1])
            os.kill(victim, signal.SIGKILL)
            collector.go_on.set()
            assert closed_day(tmp_path / "driver") == expected
            assert driver.poll() is None
            assert shown(cluster.secret) == shown(SECRET) == []
            assert not any(secret in text for text in cluster.texts().values() for secret in (cluster.secret, SECRET))
    collector.stop()
