"""The delay from a post on the collector's socket to a ranking that counts it, in Redis and on the WebSocket.

A whole Trendsite runs with the simulator at several rates. Every post is measured, tagged or not: the first ranking
of n posts or more counts the n-th post of the socket.
"""

import argparse
import sys
import time
from datetime import UTC, datetime

from benchmarks.harness import BenchmarkError, wait_until
from benchmarks.observers import (
    BoardViewer,
    Delay,
    Observer,
    RankingListener,
    SocketFollower,
    delays,
    percentile,
    posts_by,
)
from benchmarks.results import Figure, Target, as_text, at_most
from benchmarks.stack import Stack

NAME = "latency"
RATES = (250, 6_000, 20_000)
SHORT_RATES = (6_000,)
SECONDS = 60.0
SHORT_SECONDS = 20.0

# Java compiles for a minute and a half: a median over ten seconds may pause before it falls again.
_SHORTEST_WARM_UP_SECONDS = 90.0
_WARM_UP_STEP_SECONDS = 10.0
_LONGEST_WARM_UP_SECONDS = 180.0
_PATIENCE_SECONDS = 20.0
_MINUTES_AROUND_MIDNIGHT = 10
_SHARES = (0.5, 0.95, 0.99)
_TARGETS: dict[tuple[int, float], Target] = {
    (6_000, 0.5): at_most(100),
    (6_000, 0.99): at_most(250),
    (20_000, 0.99): at_most(1_000),
}


def measure(short: bool) -> list[Figure]:
    """Return the figures of every rate; in the short form, of the one that has a target."""
    rates, seconds = (SHORT_RATES, SHORT_SECONDS) if short else (RATES, SECONDS)
    return [figure for rate in rates for figure in measure_rate(rate, seconds)]


def measure_rate(rate: int, seconds: float) -> list[Figure]:
    """Return the figures of about ``rate`` posts a second, watched for some ``seconds`` once it is warm.

    Raises:
        BenchmarkError: Trendsite did not start, or it is midnight.
    """
    refuse_around_midnight(datetime.now(UTC), seconds)
    with (
        Stack(SOURCE="simulator", SIMULATOR_POSTS_PER_SECOND=str(rate)) as stack,
        SocketFollower(stack.collector_address) as socket,
        RankingListener(stack.redis_url) as rankings,
        BoardViewer(stack.site) as viewer,
    ):
        wait_until(lambda: rankings.posts and viewer.posts, "the first ranking is on the WebSocket")
        _warm_up(socket, rankings)
        cpu_before = _cpu_seconds(stack)
        since = time.monotonic()
        time.sleep(seconds)
        until = time.monotonic()
        cores = (_cpu_seconds(stack) - cpu_before) / (until - since)
        arrived = posts_by(socket.seen, until)
        _wait_for(rankings, arrived)
        _wait_for(viewer, arrived)
        first = posts_by(socket.seen, since)
        return [
            Figure(NAME, f"{rate} posts/s: arrived on the socket", (arrived - first) / (until - since), "posts/s"),
            *_percentiles(rate, "Redis", delays(socket.seen, rankings.seen, since, until), arrived - first),
            *_percentiles(rate, "WebSocket", delays(socket.seen, viewer.seen, since, until), arrived - first),
            Figure(NAME, f"{rate} posts/s: processor of all parts", cores, "cores"),
        ]


def refuse_around_midnight(now: datetime, seconds: float = 0) -> None:
    """Refuse to run when the day may change during the run: a ranking counts the posts of one day only.

    Raises:
        BenchmarkError: it is about midnight.
    """
    minutes = now.hour * 60 + now.minute
    if not _MINUTES_AROUND_MIDNIGHT <= minutes < 24 * 60 - _MINUTES_AROUND_MIDNIGHT - seconds / 60:
        raise BenchmarkError("it is about midnight UTC, and rankings start anew: run it a quarter of an hour later")


def _warm_up(socket: Observer, rankings: Observer) -> None:
    """Wait a minute and a half, then until the median delay no longer falls, three minutes at most."""
    best = float("inf")
    end = time.monotonic() + _LONGEST_WARM_UP_SECONDS
    time.sleep(_SHORTEST_WARM_UP_SECONDS)
    while time.monotonic() < end:
        since = time.monotonic()
        time.sleep(_WARM_UP_STEP_SECONDS)
        median = percentile(delays(socket.seen, rankings.seen, since, time.monotonic()), 0.5)
        if median is not None and median > 0.95 * best:
            return
        best = min(best, median or best)


def _wait_for(observer: Observer, posts: int) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while observer.posts < posts and time.monotonic() < end:
        time.sleep(0.05)


def _percentiles(rate: int, where: str, found: list[Delay], posts: int) -> list[Figure]:
    missing = posts - sum(delay.posts for delay in found)
    note = f"fell behind: {missing} posts were not counted {_PATIENCE_SECONDS:g} s later" if missing > 0 else ""
    figures = []
    for share in _SHARES:
        seconds = None if missing > 0 else percentile(found, share)
        name = f"{rate} posts/s: to {where}, p{share * 100:.0f}"
        target = _TARGETS.get((rate, share)) if where == "Redis" else None
        figures.append(Figure(NAME, name, None if seconds is None else seconds * 1000, "ms", target, note))
    return figures


def _cpu_seconds(stack: Stack) -> float:
    return sum(part.cpu_seconds for part in stack.usage().values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--rate", type=int, action="append", help="posts a second; may be given several times")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long to watch each rate")
    chosen = parser.parse_args()
    try:
        found = [figure for rate in chosen.rate or RATES for figure in measure_rate(rate, chosen.seconds)]
    except BenchmarkError as error:
        sys.exit(f"latency: {error}")
    print(as_text(found))
