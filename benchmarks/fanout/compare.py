"""Each server sends one ranking a second to more and more viewers: how long does it take, and what does it cost?"""

import contextlib
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import redis

from benchmarks.fanout.crowd import Crowd
from benchmarks.fanout.receipts import Receipts
from benchmarks.fanout.servers import BARE, BEFORE_DAPHNE, GROUPS, OURS, SOURCE, FanoutServer, previous, running
from benchmarks.harness import BenchmarkError, free_ports, own_redis
from benchmarks.processes import cpu_seconds, pss_bytes
from benchmarks.results import Figure, Target, at_most
from contract import redis_names
from contract.language import ALL_LANGUAGES
from contract.ranking import RankedHashtag, Ranking, encode_ranking

NAME = "fanout"
STEPS = (1_000, 5_000, 10_000)
SHORT_STEPS = (1_000, 3_000)
_RANKINGS = 20
_SHORT_RANKINGS = 8
_WARM_UP_RANKINGS = 3
_SETTLE_SECONDS = 2.0
_QUIET_SECONDS = 20.0
_LONGEST_SECONDS = 120.0


@dataclass(frozen=True)
class FanoutStep:
    """What one number of viewers cost a server."""

    viewers: int
    received: float
    p50_ms: float | None
    p99_ms: float | None
    frame_microseconds: float
    cpu_share: float
    joined_a_second: float


class _Publisher:
    """Publishes rankings as streaming does, of a source that the board shows."""

    def __init__(self, client: redis.Redis, channel: str) -> None:
        """Publish on ``channel``."""
        self._client = client
        self._channel = channel
        client.set(redis_names.SOURCES, redis_names.encode_sources([SOURCE]))
        client.hset(redis_names.current(SOURCE), mapping={"day": datetime.now(UTC).date().isoformat()})

    def publish(self, number: int) -> None:
        """Publish one ranking a second. Its ``posts`` are the time, so viewers know how long it took."""
        for _ in range(number):
            began = time.monotonic()
            self._client.publish(self._channel, _ranking(time.monotonic_ns() // 1_000))
            time.sleep(max(0.0, began + 1 - time.monotonic()))


def measure(short: bool, revision: str = BEFORE_DAPHNE) -> list[Figure]:
    """Return the figures of every server, among them ourselves at another ``revision``. A failure is a figure too."""
    steps = SHORT_STEPS if short else STEPS
    rankings = _SHORT_RANKINGS if short else _RANKINGS
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Of this process and those that it starts: each viewer is an open file at both ends.
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    figures: list[Figure] = []
    before = previous(revision)
    for server in (before, OURS, BARE, GROUPS):
        try:
            figures += measure_server(server, steps, rankings)
        except (BenchmarkError, subprocess.CalledProcessError) as error:
            figures.append(Figure(NAME, f"{server.name}: failed", None, "", None, str(error)))
    limits = ((before, at_most(1.8)), (BARE, at_most(2)), (GROUPS, at_most(1)))
    return [*figures, *compared(figures, steps, limits)]


def measure_server(server: FanoutServer, steps: tuple[int, ...], rankings: int) -> list[Figure]:
    """Return a server's figures for growing numbers of viewers. With two cores, it has one of them for itself.

    Raises:
        BenchmarkError: it does not start.
    """
    (port,) = free_ports(1)
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        own_redis() as url,
        running(server, port, url, Path(folder)) as pid,
        Crowd(port) as crowd,
        _kept_apart(pid, crowd.pids),
        redis.Redis.from_url(url) as client,
    ):
        publisher = _Publisher(client, server.channel)
        for number in steps:
            before = pss_bytes(pid), crowd.viewers
            try:
                step = _step(publisher, crowd, pid, number, rankings)
            except BenchmarkError as error:
                return [
                    *figures,
                    Figure(NAME, f"{server.name}, {number:,} viewers: failed", None, "", None, str(error)),
                ]
            memory = (pss_bytes(pid) - before[0]) / (number - before[1])
            figures += _figures(server, step, memory)
    return figures


def compared(
    figures: list[Figure], steps: tuple[int, ...], limits: tuple[tuple[FanoutServer, Target], ...]
) -> list[Figure]:
    """Return our cost of a frame by that of each other server, with the most viewers that both served."""
    costs = {figure.name: figure.value for figure in figures}
    found = []
    for server, target in limits:
        both = [[costs.get(f"{one.name}, {viewers:,} viewers: a frame") for one in (OURS, server)] for viewers in steps]
        ratios = [ours / theirs for ours, theirs in both if ours and theirs]
        if ratios:
            found.append(Figure(NAME, f"a frame's cost by that of {server.name}", ratios[-1], "", target))
    return found


@contextlib.contextmanager
def _kept_apart(server: int, crowd: list[int]) -> Iterator[None]:
    """Give the server a core of its own for the length of a ``with`` block."""
    cores = os.sched_getaffinity(0)
    first = {min(cores)}
    os.sched_setaffinity(server, first)
    for pid in (*crowd, os.getpid()):
        os.sched_setaffinity(pid, cores - first or first)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _step(publisher: _Publisher, crowd: Crowd, pid: int, viewers: int, rankings: int) -> FanoutStep:
    joined = crowd.grow_to(viewers)
    time.sleep(_SETTLE_SECONDS)
    publisher.publish(_WARM_UP_RANKINGS)
    _all_receipts(crowd, _WARM_UP_RANKINGS * viewers)
    began, cpu = time.monotonic(), cpu_seconds(pid)
    publisher.publish(rankings)
    # A server that fell behind still works: all of it counts.
    receipts = _all_receipts(crowd, rankings * viewers)
    used, took = cpu_seconds(pid) - cpu, time.monotonic() - began
    return FanoutStep(
        viewers=viewers,
        received=receipts.frames / (rankings * viewers),
        p50_ms=receipts.percentile(0.5),
        p99_ms=receipts.percentile(0.99),
        frame_microseconds=1e6 * used / (rankings * viewers),
        cpu_share=used / took,
        joined_a_second=joined,
    )


def _ranking(posts: int) -> bytes:
    now = datetime.now(UTC)
    top = [
        RankedHashtag(rank, f"Hashtag{rank}", f"hashtag{rank}", 10_000 // rank, 5_000, rank) for rank in range(1, 11)
    ]
    return encode_ranking(Ranking(now.date(), [ALL_LANGUAGES], "day", now, final=False, posts=posts, top=top))


def _all_receipts(crowd: Crowd, frames: int) -> Receipts:
    """Return the receipts once no more come: after a moment if all ``frames`` are there, otherwise after a while.

    Raises:
        BenchmarkError: they never cease to.
    """
    receipts = Receipts()
    received_at = time.monotonic()
    end = received_at + _LONGEST_SECONDS
    while time.monotonic() < end:
        time.sleep(_SETTLE_SECONDS)
        more = crowd.receipts()
        if more.frames:
            received_at = time.monotonic()
        elif receipts.frames >= frames or time.monotonic() > received_at + _QUIET_SECONDS:
            return receipts
        receipts += more
    raise BenchmarkError(f"{_LONGEST_SECONDS:g} s after the last ranking frames are still to come")


def _figures(server: FanoutServer, step: FanoutStep, memory: float) -> list[Figure]:
    title = f"{server.name}, {step.viewers:,} viewers"
    p99 = at_most(1_000) if server == OURS else None
    return [
        Figure(NAME, f"{title}: publish to receipt, p50", step.p50_ms, "ms"),
        Figure(NAME, f"{title}: publish to receipt, p99", step.p99_ms, "ms", p99),
        Figure(NAME, f"{title}: frames received", 100 * step.received, "%"),
        Figure(NAME, f"{title}: a frame", step.frame_microseconds, "µs"),
        Figure(NAME, f"{title}: processor for 1,000 viewers", 100e3 * step.cpu_share / step.viewers, "% of a core"),
        Figure(NAME, f"{title}: memory for 1,000 viewers", 1_000 * memory / 2**20, "MiB"),
        Figure(NAME, f"{title}: joined", step.joined_a_second, "viewers/s"),
    ]
