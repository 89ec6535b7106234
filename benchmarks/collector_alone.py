"""How fast the collector alone reads a file into its spool: one process, which uses one core."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import ROOT, free_ports, wait_until
from benchmarks.made_up_posts import Recipe, post_file
from benchmarks.results import Figure
from streaming.source.client import CollectorClient, CollectorUnreachableError

NAME = "collector"
POSTS = {0.2: 3_000_000, 1.0: 1_000_000}
SHORT_POSTS = {0.2: 1_000_000, 1.0: 300_000}

_LOOK_SECONDS = 0.05
_STILL_SECONDS = 2.0


@dataclass(frozen=True)
class _Size:
    moment: float
    bytes: int


def measure(short: bool) -> list[Figure]:
    """Return the figures of a fifth tagged and of all tagged."""
    return [measure_share(tagged, posts) for tagged, posts in (SHORT_POSTS if short else POSTS).items()]


def measure_share(tagged: float, posts: int) -> Figure:
    """Return how many posts a second went into the spool, from the first commit to the last.

    Raises:
        BenchmarkError: the collector did not start.
    """
    path = post_file(Recipe(posts, tagged))
    (port,) = free_ports(1)
    address = ("127.0.0.1", port)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings = {
            **os.environ,
            "DATA_DIR": folder,
            "COLLECTOR_ADDRESS": f"127.0.0.1:{port}",
            "REDIS_URL": "",
            "SOURCE": "replay",
            "REPLAY_FILE": str(path),
            "REPLAY_SPEED": "0",
            "REPLAY_SHIFT": "none",
        }
        command = [sys.executable, "-m", "collector"]
        with (
            Path(folder, "log").open("wb") as log,
            subprocess.Popen(command, cwd=ROOT, env=settings, stderr=log) as process,
        ):
            try:
                first, last = _growth(address)
            finally:
                process.terminate()
    # A post takes about as many bytes at the beginning of the file as at its end.
    rate = posts * (1 - first.bytes / last.bytes) / (last.moment - first.moment)
    return Figure(NAME, f"{tagged:.0%} tagged: into the spool", rate, "posts/s")


def _growth(address: tuple[str, int]) -> tuple[_Size, _Size]:
    """Return the stream's first and last size, once it has stopped growing for a while."""
    with CollectorClient(address, patience=0) as collector:
        wait_until(lambda: _end(collector), "the collector reads")
        first = last = _Size(time.monotonic(), _end(collector))
        while time.monotonic() < last.moment + _STILL_SECONDS:
            time.sleep(_LOOK_SECONDS)
            end = _end(collector)
            if end > last.bytes:
                last = _Size(time.monotonic(), end)
    return first, last


def _end(collector: CollectorClient) -> int:
    try:
        return collector.status().end_offset
    except CollectorUnreachableError:
        return 0
