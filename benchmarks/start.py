"""Seconds from the start of everything to the first ranking on Redis, on an empty disk and again."""

import os
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.ranking_listener import RankingListener
from benchmarks.stack import Stack
from benchmarks.waiting import wait_until

NAME = "start"


def measure(short: bool) -> list[Figure]:  # noqa: ARG001 - a start takes what it takes
    """Return the figures of a cold and a warm start.

    Raises:
        BenchmarkError: Trendsite did not start.
    """
    note = "with an empty DATA_DIR" + ("" if _drop_page_cache() else "; files were in memory: only root may drop them")
    stack = Stack(SOURCE="simulator")
    began = time.monotonic()
    with stack:
        cold = _seconds_to_a_ranking(stack, began)
        stack.stop()
        began = time.monotonic()
        stack.start()
        warm = _seconds_to_a_ranking(stack, began)
    return [
        Figure(NAME, "cold", cold, "s", None, note),
        Figure(NAME, "warm", warm, "s", None, "stopped and started again"),
    ]


def _seconds_to_a_ranking(stack: Stack, began: float) -> float:
    with RankingListener(stack.redis_url) as rankings:
        wait_until(lambda: rankings.posts, "the first ranking is on Redis")
        return rankings.seen[0].moment - began


def _drop_page_cache() -> bool:
    """Make Linux forget the files it holds in memory, where we may."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        return False
    return True
