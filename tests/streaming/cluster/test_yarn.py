"""Streaming on a real YARN: a ResourceManager, two nodes, and an executor that is lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.maven import ServerMissingError
from tests.streaming.cluster.driver import PATIENCE_SECONDS, HeldCollector, closed_day, counted_here, streaming
from tests.streaming.cluster.test_standalone import shown
from tests.streaming.fake_collector import SECRET
from tests.yarn.server import Yarn

# Not a fixture that skips: Spark's would have started it by then.
pytestmark = pytest.mark.skipif(not os.environ.get("TEST_YARN"), reason="set TEST_YARN=1")


@pytest.fixture
def yarn(tmp_path: Path) -> Iterator[Yarn]:
    try:
        started = Yarn(tmp_path / "yarn", nodes=2)
    except ServerMissingError as error:
        pytest.skip(str(error))
    with started:
        yield started


def test_a_task_of_a_killed_executor_of_yarn_runs_again_and_the_day_is_that_of_local_byte_for_byte(
    yarn, spark, config, redis_client, redis_url, tmp_path
):
    expected = counted_here(spark, config, redis_client)
    collector = HeldCollector()
    settings = {"SPARK_MASTER": "yarn", "HADOOP_CONF_DIR": str(yarn.configuration), "REDIS_URL": redis_url}
    with streaming(tmp_path / "driver", collector, **settings) as driver:
        assert collector.is_read.wait(PATIENCE_SECONDS)
        (victim,) = yarn.readers(collector.address[1])
        os.kill(victim, signal.SIGKILL)
        collector.go_on.set()
        assert closed_day(tmp_path / "driver") == expected
        assert driver.poll() is None
        assert shown(SECRET) == []
        assert not any(SECRET in text for text in yarn.texts().values())
    collector.stop()
