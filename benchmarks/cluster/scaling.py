"""What one driver and its executors cost a post: ``local[2]``, then a cluster of one, two and four executors.

Each case counts the same file, which its collector has read before. Master and workers have a network namespace each,
so the bytes that the driver receives are those on the wire. All cases share the cores of this machine: their processor
time by process can be compared, their posts a second cannot.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cluster.kafka import kafka_at
from benchmarks.cluster.namespaces import Namespaces
from benchmarks.cluster.pipeline import Pipeline
from benchmarks.cluster.standalone import Standalone
from benchmarks.harness import BenchmarkError, wait_until
from benchmarks.made_up_posts import Recipe, post_file
from benchmarks.processes import cpu_seconds, pids_of, usage

HOURS = 1.0
BATCH_BYTES = 16 * 2**20
WARM_SHARE = 0.3
"""The share of the stream that is counted before measuring, while Java compiles."""

_LOOK_SECONDS = 0.2
_START_SECONDS = 300
_COUNT_SECONDS = 600
_NAMES = {"streaming": "driver, Python", "spark_jvm": "driver, JVM", "spark_python": "driver, Spark's Python"}
_COUNTING = ("driver, Python", "Redis")
"""The parts that are as far as the counts. The others are as far as Spark."""
_ON_EXECUTORS = {"spark_jvm": "executors, JVM", "spark_python": "executors, Python"}


@dataclass(frozen=True)
class Case:
    """One way to count. Without ``executors`` the tasks run here."""

    executors: int = 0
    has_kafka: bool = False

    def __str__(self) -> str:
        place = f"{self.executors} executor{'s' * (self.executors > 1)}" if self.executors else "local[2]"
        return f"{place}, Kafka" if self.has_kafka else place


CASES = (Case(), Case(1), Case(2), Case(4), Case(2, has_kafka=True))


@dataclass(frozen=True)
class Sample:
    """What the processes have used, and the driver received, once ``counted`` bytes of the stream were counted.

    Spark is ahead of that: it has handed over ``read`` bytes.
    """

    moment: float
    counted: int
    read: int
    cpu: dict[str, float]
    received: int


@dataclass
class Found:
    """The figures of a case.

    ``cpu`` is the processor time of each part in µs a post, ``intake`` that of the collector while it read the file.
    ``received`` is bytes a post from the executors' network, ``served`` bytes a post in the stream. ``days`` are the
    SHA-256 of the counts.
    """

    case: Case = Case()
    cpu: dict[str, float] = field(default_factory=dict)
    intake: float = 0.0
    received: float = 0.0
    served: float = 0.0
    posts_per_second: float = 0.0
    days: dict[str, str] = field(default_factory=dict)


def measure(folder: Path, posts: int, port: int, cases: tuple[Case, ...] = CASES) -> list[Found]:
    """Measure the cases in turn with a file of ``posts`` posts.

    Raises:
        BenchmarkError: a part failed, or two cases have other counts.
    """
    file, keys = post_file(Recipe(posts, hours=HOURS)), folder / "author_keys"
    found: list[Found] = []
    for case in cases:
        with _running(folder / f"case-{len(found)}", file, port, case) as running:
            of = _measure(running, case, posts, keys)
        found.append(of)
        print(f"{case}: {of}", file=sys.stderr, flush=True)
        if of.days != found[0].days:
            raise BenchmarkError(f"{case} has other counts than {found[0].case}")
    return found


@dataclass(frozen=True)
class _Running:
    """What a case has started, and the folder of collector and driver."""

    data_dir: Path
    pipeline: Pipeline
    cluster: Standalone | None
    network: Namespaces | None


def _measure(running: _Running, case: Case, posts: int, keys: Path) -> Found:
    """Count a file of ``posts`` posts. ``keys`` has the author keys of the first case, or gets them."""
    pipeline, own_keys = running.pipeline, running.data_dir / "author_keys"
    if keys.exists():
        # Authors are hashed with a key of the recording. Another key gives other estimates of the same authors.
        shutil.copytree(keys, own_keys)
    collector = pipeline.start_collector()
    if not keys.exists():
        shutil.copytree(own_keys, keys)
    wait_until(pipeline.is_read, "the file is read", _COUNT_SECONDS)
    intake = cpu_seconds(collector) / posts * 1e6
    end = pipeline.status().end_offset
    roots = _Roots(pipeline.start_streaming(), collector, running.cluster, running.network)
    warm, last = (_sample(pipeline, roots, round(end * share)) for share in (WARM_SHARE, 1.0))
    found = _between(warm, last, end / posts)
    found.case, found.intake, found.days = case, intake, pipeline.wait_until_counted()
    return found


@contextmanager
def _running(folder: Path, file: Path, port: int, case: Case) -> Iterator[_Running]:
    with ExitStack() as means:
        settings, host = {"SPARK_MASTER": "local[2]", "MAX_BATCH_BYTES": str(BATCH_BYTES)}, "127.0.0.1"
        network = cluster = None
        if case.executors:
            network = means.enter_context(Namespaces(1 + case.executors))
            cluster = Standalone(folder / "cluster", port + 1, case.executors, network)
            means.enter_context(cluster)
            host = network.here
            settings |= {"SPARK_MASTER": cluster.master, "SPARK_SECRET": cluster.secret, "SPARK_DRIVER_HOST": host}
        log_url = ""
        if case.has_kafka:
            log_url = f"kafka://{means.enter_context(kafka_at(folder / 'kafka', host))}/posts"
        pipeline = means.enter_context(Pipeline(folder, file, 0, (host, port), log_url, **settings))
        yield _Running(folder / "var", pipeline, cluster, network)


@dataclass(frozen=True)
class _Roots:
    """Where the processes of a case hang, and where its bytes pass."""

    streaming: int
    collector: int
    cluster: Standalone | None
    network: Namespaces | None

    def cpu(self) -> dict[str, float]:
        """Return the processor time of each part, in seconds."""
        found = {_NAMES.get(name, name): of.cpu_seconds for name, of in usage(self.streaming).items()}
        for executor in self.cluster.executors() if self.cluster else ():
            for name, of in usage(executor).items():
                part = _ON_EXECUTORS.get(name, name)
                found[part] = found.get(part, 0.0) + of.cpu_seconds
        found["collector"] = cpu_seconds(self.collector)
        found["Redis"] = sum(map(cpu_seconds, pids_of(os.getpid(), "redis")))
        return found


def _sample(pipeline: Pipeline, roots: _Roots, offset: int) -> Sample:
    """Return what is used once ``offset`` is counted."""
    end = time.monotonic() + _START_SECONDS + _COUNT_SECONDS
    while (counted := pipeline.counted()) < offset:
        if time.monotonic() > end:
            raise BenchmarkError(f"only {counted} of {offset} bytes are counted")
        time.sleep(_LOOK_SECONDS)
    # In a backlog each batch is full, but for the last one.
    read = min((pipeline.batch() + 1) * BATCH_BYTES, pipeline.status().end_offset)
    received = roots.network.received() if roots.network else 0
    return Sample(time.monotonic(), counted, max(counted, read), roots.cpu(), received)


def _between(warm: Sample, last: Sample, served: float) -> Found:
    """Return what happened between two samples of a stream with ``served`` bytes a post."""
    counted, read = (last.counted - warm.counted) / served, (last.read - warm.read) / served
    if counted <= 0 or read <= 0:
        raise BenchmarkError("counting was too fast to measure: give more posts")
    used = {part: seconds - warm.cpu.get(part, 0.0) for part, seconds in last.cpu.items()}
    return Found(
        cpu={part: seconds / (counted if part in _COUNTING else read) * 1e6 for part, seconds in used.items()},
        received=(last.received - warm.received) / read,
        served=served,
        posts_per_second=counted / (last.moment - warm.moment),
    )


def as_table(found: list[Found]) -> str:
    """Return the figures as one table in Markdown, a column for each case."""
    parts = sorted({part for of in found for part in of.cpu})
    rows = [
        ["µs of processor a post", *(str(of.case) for of in found)],
        ["---", *("---:" for _ in found)],
        *([part, *(f"{of.cpu[part]:.2f}" if part in of.cpu else "" for of in found)] for part in parts),
        ["all of these", *(f"{sum(of.cpu.values()):.1f}" for of in found)],
        ["collector before, reading the file", *(f"{of.intake:.2f}" for of in found)],
        ["bytes a post from the executors", *(f"{of.received:.1f}" if of.received else "" for of in found)],
        ["MB/s of these", *(f"{of.received * of.posts_per_second / 1e6:.1f}" if of.received else "" for of in found)],
        ["bytes a post in the stream", *(f"{of.served:.0f}" for of in found)],
        ["posts/s, all on these cores", *(f"{of.posts_per_second:,.0f}" for of in found)],
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
