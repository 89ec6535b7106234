"""Streaming on a standalone cluster: a real master, two workers, and an executor that is killed while it reads."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.cluster.standalone import Standalone
from benchmarks.harness import wait_until
from contract.closed_day import closed_day_folder
from contract.post import Post
from contract.socket_protocol import ReadRequest, Request
from streaming.jobs.live import Supervisor
from streaming.session import ROOT, StartHelpers
from tests.parallel import find_free_port
from tests.streaming.fake_collector import SECRET, FakeCollector
from tests.streaming.fake_counts import NOON

PATIENCE_SECONDS = 600


class HeldCollector(FakeCollector):
    """It answers the first read only once ``go_on`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.is_read, self.go_on = threading.Event(), threading.Event()
        for number in range(2_000):
            moment, tags = NOON + timedelta(seconds=number), [f"k{number % 7}", f"K{number % 97}"]
            author, language = f"author {number % 50}", ["en", "ja", "und"][number % 3]
            self.append(Post(f"a:{number}", moment, language, [tag.lower() for tag in tags], tags, author))
        self.close_day(NOON.date())

    def respond(self, request: Request) -> bytes:
        if isinstance(request, ReadRequest):
            self.is_read.set()
            self.go_on.wait(PATIENCE_SECONDS)
        return super().respond(request)


def closed_day(data_dir: Path) -> list[bytes]:
    folder = closed_day_folder(data_dir, "test", NOON.date())
    wait_until(folder.exists, "the day is closed", PATIENCE_SECONDS)
    return [path.read_bytes() for path in sorted(folder.glob("*.parquet"))]


def counted_here(spark, config, redis_client) -> list[bytes]:
    """Return the closed day as ``local[2]`` writes it."""
    collector, stop = HeldCollector(), threading.Event()
    collector.go_on.set()
    here = config.__class__(**{**vars(config), "collector_address": collector.address})
    thread = threading.Thread(target=Supervisor(spark, StartHelpers(spark), here, redis_client, stop).run)
    thread.start()
    try:
        return closed_day(config.data_dir)
    finally:
        stop.set()
        thread.join()
        collector.stop()


@contextmanager
def streaming(data_dir: Path, collector: FakeCollector, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    host, port = collector.address
    values = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(data_dir),
        "SOURCE": "simulator",
        "COLLECTOR_ADDRESS": f"{host}:{port}",
        "COLLECTOR_SECRET": SECRET,
        **settings,
    }
    process = subprocess.Popen([sys.executable, "-m", "streaming"], cwd=ROOT, env=values)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


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
