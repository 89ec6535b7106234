"""Let each peer count the same posts from the same socket: how many a second, and are the counts right?"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import ROOT, BenchmarkError, own_redis, python_with, wait_until
from benchmarks.made_up_posts import Recipe, Truth, is_top, post_file, truth_of
from benchmarks.observers import Observer
from benchmarks.peers.board import ALL_LANGUAGES, PeerBoard
from benchmarks.peers.feeder import Feeder
from benchmarks.results import Figure, at_least, at_most

NAME = "peers"
POSTS = 1_000_000
SHORT_POSTS = 400_000

CLASSIC = "classic: DStream, Python lambdas, SQL every 2 s"
BYTEWAX = "bytewax"

_BYTEWAX = "bytewax==0.21.1"
_SNAPSHOT_SECONDS = "10"
_LOOK_SECONDS = 0.05
_LONGEST_SECONDS = 90.0
_WARM_UP_POSTS = 20_000
# The classic design only dies of too much: its rate is raised until a batch takes longer than its two seconds.
_STEPS = (4_000, 6_000, 8_000, 10_000, 12_500, 15_000, 17_500, 20_000, 25_000, 30_000)
_STEP_SECONDS = 6.0
_FIRST_RATE = 1_000
_WARM_UP_SECONDS = 40.0
_LONGEST_BATCH_SECONDS = 2.2
# A post waits for the next batch, two seconds at most, which may take two more.
_LATE_SECONDS = 4.5


@dataclass(frozen=True)
class Peer:
    """A design: its command for a port, a Redis and an empty folder, and what it does after a crash (``restart``)."""

    name: str
    command: Callable[[int, str, Path], list[str]]
    restart: str
    is_stepped: bool = False


def _ours(module: str) -> Callable[[int, str, Path], list[str]]:
    return lambda port, url, folder: [sys.executable, "-m", f"benchmarks.peers.{module}", str(port), url, str(folder)]


def bytewax_command(port: int, redis_url: str, folder: Path) -> list[str]:  # noqa: ARG001 - they are in its environment
    """Return the command that runs the dataflow with recovery; the first time, bytewax is installed.

    Raises:
        subprocess.CalledProcessError: it cannot be installed.
    """
    python = python_with(_BYTEWAX, as_here=("redis",))
    recovery = folder / "recovery"
    recovery.mkdir()
    subprocess.run([str(python), "-m", "bytewax.recovery", str(recovery), "1"], check=True, timeout=30)
    flow = "benchmarks.peers.bytewax_flow:flow"
    options = [
        "--recovery-directory",
        str(recovery),
        "--snapshot-interval",
        _SNAPSHOT_SECONDS,
        "--backup-interval",
        "0",
    ]
    return [str(python), "-m", "bytewax.run", flow, *options]


PEERS = (
    Peer(CLASSIC, _ours("classic"), "loses what its receiver holds when it dies", is_stepped=True),
    Peer(
        "Spark's socket source, same aggregation", _ours("socket_source"), "cannot go on: Spark calls it a test source"
    ),
    Peer("Redis only: ZINCRBY in pipelines", _ours("redis_only"), "a retried pipeline counts twice, a lost one never"),
    Peer(BYTEWAX, bytewax_command, "state is recovered, but a socket cannot be read again"),
)


def measure(short: bool) -> list[Figure]:
    """Return each peer's figure; a peer that cannot run has one without a value."""
    path = post_file(Recipe(POSTS))
    figures = []
    for peer in PEERS:
        try:
            figures += measure_peer(peer, path, SHORT_POSTS if short and not peer.is_stepped else POSTS)
        except (BenchmarkError, subprocess.CalledProcessError) as error:
            figures.append(Figure(NAME, peer.name, None, "posts/s", None, str(error)))
    return figures


def measure_peer(peer: Peer, path: Path, posts: int) -> list[Figure]:
    """Return what a peer sustained, and in how many languages its counts were wrong.

    Raises:
        BenchmarkError: it did not count everything in time.
    """
    with (
        own_redis() as url,
        Feeder(path, posts, _FIRST_RATE if peer.is_stepped else None) as feeder,
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        _running(peer.command(feeder.port, url, Path(folder)), feeder.port, url, Path(folder, "log")),
        _Counted(url) as counted,
    ):
        rate = (_highest_step if peer.is_stepped else _full_speed)(feeder, counted)
        wait_until(lambda: counted.posts >= feeder.sent, f"{peer.name} counts everything", _LONGEST_SECONDS)
        truth = truth_of(path, None if feeder.sent == POSTS else feeder.sent)
        board = PeerBoard(url)
        with contextlib.suppress(BenchmarkError):
            wait_until(lambda: not _wrong_languages(board, truth), "the last top tens are published", 5)
        wrong = _wrong_languages(board, truth)
    return [
        Figure(NAME, peer.name, rate, "posts/s", None, peer.restart),
        Figure(NAME, f"{peer.name}: languages whose counts are wrong", wrong, "", at_most(0)),
    ]


def compared(figures: Sequence[Figure]) -> list[Figure]:
    """Return how many times what each peer sustained is what Trendsite sustained, where both are among ``figures``."""
    ours = next((f.value for f in figures if (f.benchmark, f.name) == ("ceiling", "20% tagged: sustained")), None)
    peers = [f for f in figures if f.benchmark == NAME and f.unit == "posts/s"]
    return [
        Figure(
            NAME, f"Trendsite is so many times {f.name}", ours / f.value, "", at_least(20 if f.name == CLASSIC else 1)
        )
        for f in peers
        if ours and f.value
    ]


class _Counted(Observer):
    """Notes how many posts a peer has counted."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._board = PeerBoard(url)

    def _watch(self) -> None:
        while not self._stop.is_set():
            self.note(self._board.posts().get(ALL_LANGUAGES, 0))
            time.sleep(_LOOK_SECONDS)


@contextlib.contextmanager
def _running(command: list[str], port: int, url: str, log: Path) -> Iterator[None]:
    """Run a peer during a ``with`` block; then kill it and its children."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PEER_PORT": str(port),
        "PEER_REDIS_URL": url,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield
    except BenchmarkError:
        print(*log.read_text(errors="replace").splitlines()[-20:], sep="\n", file=sys.stderr)
        raise
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _full_speed(feeder: Feeder, counted: Observer) -> float:
    """Warm the peer up with some posts, then send the others; return how many of these it counted a second."""
    posts, feeder.allowed = feeder.allowed, _WARM_UP_POSTS
    wait_until(lambda: counted.posts >= _WARM_UP_POSTS, "the first posts are counted")
    began, feeder.allowed = time.monotonic(), posts
    wait_until(lambda: counted.posts >= posts, "all posts are counted", _LONGEST_SECONDS)
    return (posts - _WARM_UP_POSTS) / (counted.seen[-1].moment - began)


def _highest_step(feeder: Feeder, counted: Observer) -> float:
    """Raise the rate until counting falls behind; return the last rate at which it did not, and end the feed."""
    with contextlib.suppress(BenchmarkError):
        wait_until(
            lambda: not _is_behind(feeder, counted, time.monotonic() - _STEP_SECONDS), "it is warm", _WARM_UP_SECONDS
        )
    sustained = 0.0
    for rate in _STEPS:
        feeder.rate = rate
        began = time.monotonic()
        time.sleep(_STEP_SECONDS)
        if _is_behind(feeder, counted, began):
            break
        sustained = rate
    feeder.end()
    return sustained


def _is_behind(feeder: Feeder, counted: Observer, since: float) -> bool:
    batches = [step.moment for step in counted.seen if step.moment >= since]
    seconds = (batches[-1] - batches[0]) / (len(batches) - 1) if len(batches) > 1 else float("inf")
    return seconds > _LONGEST_BATCH_SECONDS or feeder.sent - counted.posts > _LATE_SECONDS * (feeder.rate or 0)


def _wrong_languages(board: PeerBoard, truth: Truth) -> int:
    posts, tops = board.posts(), board.tops()
    return sum(
        posts.get(language) != number or not is_top(tops.get(language, []), truth.top.get(language, []))
        for language, number in truth.posts.items()
    )
