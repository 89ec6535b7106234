"""Streaming as a process on a cluster, and what it must write: the day that this machine's own tasks count."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks.harness import wait_until
from contract.closed_day import closed_day_folder
from contract.post import Post
from contract.socket_protocol import ReadRequest, Request
from streaming.jobs.live import Supervisor
from streaming.session import ROOT, StartHelpers
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
        process.wait(PATIENCE_SECONDS)
