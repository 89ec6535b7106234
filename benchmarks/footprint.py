"""What Trendsite takes: seconds to the first ranking, and the memory of each process at several rates."""

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks.harness import wait_until
from benchmarks.observers import RankingListener
from benchmarks.results import Figure, Target, as_text, at_most
from benchmarks.stack import Stack
from launch.java import CLASS_ARCHIVE

START = "start"
MEMORY = "footprint"

SECONDS = {0: 15.0, 250: 120.0, 6_000: 60.0}
"""How long each rate is watched: memory grows for minutes where posts come."""

SHORT_SECONDS = {250: 60.0}

_TARGETS: dict[int, Target] = {250: at_most(1024)}


def measure_memory(short: bool) -> list[Figure]:
    """Return the figures of every rate; in the short form, of the one that has a target."""
    watched = SHORT_SECONDS if short else SECONDS
    return [figure for rate, seconds in watched.items() for figure in measure_rate(rate, seconds)]


def measure_rate(rate: int, seconds: float) -> list[Figure]:
    """Return the proportional set size of each process, ``seconds`` after the first ranking.

    Raises:
        BenchmarkError: Trendsite did not start.
    """
    with Stack(SOURCE="simulator", SIMULATOR_POSTS_PER_SECOND=str(rate)) as stack:
        with RankingListener(stack.redis_url) as rankings:
            if rate:
                wait_until(lambda: rankings.posts, "the first ranking is on Redis")
            else:
                stack.wait_until_spark_waits()
        time.sleep(seconds)
        parts = sorted(stack.usage().items(), key=lambda part: -part[1].pss_bytes)
    title = f"{rate} posts/s, {seconds:g} s"
    total = sum(usage.pss_bytes for _, usage in parts) / 2**20
    return [
        Figure(MEMORY, f"{title}: all", total, "MiB", _TARGETS.get(rate)),
        *(Figure(MEMORY, f"{title}: {name}", usage.pss_bytes / 2**20, "MiB") for name, usage in parts),
    ]


def measure_start(short: bool) -> list[Figure]:  # noqa: ARG001 - a start takes what it takes
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
        Figure(START, "cold", cold, "s", None, note),
        Figure(START, "warm", warm, "s", at_most(10), _how_java_started()),
    ]


def _how_java_started() -> str:
    has_archive = Path(sys.prefix, CLASS_ARCHIVE).exists()
    return f"stopped and started again, {'with' if has_archive else 'without'} the archive of Java's classes"


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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=__doc__)
    parser.add_argument("--rate", type=int, default=250, help="posts a second")
    parser.add_argument("--seconds", type=float, default=SECONDS[250], help="how long after the first ranking")
    chosen = parser.parse_args()
    print(as_text(measure_rate(chosen.rate, chosen.seconds)))
