"""How much memory each process takes, at two rates and with no post at all."""

import argparse
import time

from benchmarks.figures import Figure, Target, at_most
from benchmarks.ranking_listener import RankingListener
from benchmarks.stack import Stack
from benchmarks.table import as_text
from benchmarks.waiting import wait_until

NAME = "footprint"
SECONDS = {0: 15.0, 250: 120.0, 6_000: 60.0}
"""How long each rate is watched: memory grows for minutes where posts come."""

SHORT_SECONDS = {250: 60.0}

_TARGETS: dict[int, Target] = {250: at_most(1024)}


def measure(short: bool) -> list[Figure]:
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
        Figure(NAME, f"{title}: all", total, "MiB", _TARGETS.get(rate)),
        *(Figure(NAME, f"{title}: {name}", usage.pss_bytes / 2**20, "MiB") for name, usage in parts),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=__doc__)
    parser.add_argument("--rate", type=int, default=250, help="posts a second")
    parser.add_argument("--seconds", type=float, default=SECONDS[250], help="how long after the first ranking")
    chosen = parser.parse_args()
    print(as_text(measure_rate(chosen.rate, chosen.seconds)))
