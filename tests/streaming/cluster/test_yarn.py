"""Streaming on a real YARN: a ResourceManager, nodes, an executor and an application that are lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.harness import wait_until
from tests.maven import ServerMissingError
from tests.streaming.cluster.driver import PATIENCE_SECONDS, HeldCollector, closed_day, counted_here, streaming
from tests.streaming.cluster.test_standalone import shown
from tests.streaming.fake_collector import SECRET
from tests.yarn.server import Yarn

# Not a fixture that skips: Spark's would have started it by then.
pytestmark = pytest.mark.skipif(not os.environ.get("TEST_YARN"), reason="set TEST_YARN=1")


@pytest.fixture
def nodes() -> int:
    return 2


@pytest.fixture
def yarn(tmp_path: Path, nodes: int) -> Iterator[Yarn]:
    try:
        started = Yarn(tmp_path / "yarn", nodes)
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


@pytest.mark.parametrize("nodes", [0])
def test_a_start_waits_for_room_and_after_an_application_that_yarn_killed_the_next_start_counts_exactly(
    yarn, spark, config, redis_client, redis_url, tmp_path, capfd
):
    expected, lines = counted_here(spark, config, redis_client), []

    def has_logged(text: str) -> bool:
        lines.extend(capfd.readouterr().err.splitlines())
        return any(text in line for line in lines)

    collector = HeldCollector()
    settings = {"SPARK_MASTER": "yarn", "HADOOP_CONF_DIR": str(yarn.configuration), "REDIS_URL": redis_url}
    with streaming(tmp_path / "driver", collector, **settings) as driver:
        wait_until(lambda: has_logged("and does not start it"), "the lack of room is logged", PATIENCE_SECONDS)
        yarn.start_node(1)
        assert collector.is_read.wait(PATIENCE_SECONDS)
        (name,) = yarn.applications()
        yarn.kill_application(name)
        assert driver.wait(PATIENCE_SECONDS) == 1
    assert has_logged(f"streaming: YARN ended {name} as KILLED: ")
    collector.go_on.set()
    with streaming(tmp_path / "driver", collector, **settings):
        assert closed_day(tmp_path / "driver") == expected
    collector.stop()
