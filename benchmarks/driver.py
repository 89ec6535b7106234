"""What the thread that counts carries, fed from memory: the cost of a post as hashtags grow, and posts a second.

It groups the rows of a batch, adds them to the counts, makes the commands for Redis, and flushes the counts to their
file. Spark, the parsing of posts and Redis itself are not here. All figures are processor time.
"""

import gc
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from time import process_time

import pyarrow as pa
import redis
from hiredis import pack_command

from benchmarks.growth import growing_day
from benchmarks.made_up_posts import FIRST_DAY, Recipe, post_lines
from benchmarks.results import Figure, at_most
from streaming.aggregate.deltas import batch_of, batch_rows, delta_rows
from streaming.sink.commands import RedisCommands
from streaming.sink.updates import batch_updates
from streaming.source.lines import parse
from streaming.state.sqlite import COUNTS_FILE, checkpoint_wal
from streaming.state.store import CountsStore

NAME = "driver"
HASHTAGS, SHORT_HASHTAGS = (10_000, 100_000, 1_000_000, 5_000_000), (10_000, 100_000)
TIMED_POSTS, SHORT_TIMED_POSTS = 990_000, 550_000
BATCH_SECONDS = (0.2, 1.0, 5.0)
MOST_GROWTH = 2.0

_BATCH_POSTS = 110_000
"""About as many posts of these recipes as a batch has at most (16 MiB)."""

_BATCHES_PER_FLUSH = 4
"""At the ceiling a flush, every five seconds, has about so many of these batches."""

_FLUSH_SECONDS = 5.0

_FED_POSTS = 150_000
"""Posts a second in the batches that measure how many are carried: near the result, since a large batch costs less."""

_GC_THRESHOLD = (200_000, 20, 50)
"""As streaming sets it."""


def measure(short: bool) -> list[Figure]:
    """Return the cost of a post as hashtags grow, and the rows and posts a second that one thread carries."""
    before = gc.get_threshold()
    gc.set_threshold(*_GC_THRESHOLD)
    try:
        growing = (SHORT_HASHTAGS, SHORT_TIMED_POSTS) if short else (HASHTAGS, TIMED_POSTS)
        carried = [figure for seconds in BATCH_SECONDS for figure in measure_carried(seconds)]
        return [*carried, *measure_growth(*growing)]
    finally:
        gc.set_threshold(*before)


def measure_carried(seconds: float) -> list[Figure]:
    """Return what the thread carries with a batch every ``seconds``: a fifth of the posts tagged, 100,000 hashtags."""
    posts = int(_FED_POSTS * seconds)
    batches = int(_FLUSH_SECONDS / seconds)
    lines = post_lines(Recipe(posts * 2 * batches))
    with tempfile.TemporaryDirectory() as folder:
        driver = _Driver(Path(folder) / COUNTS_FILE)
        # The first five seconds load code and begin the counts.
        for _ in range(2):
            cost = driver.spend(islice(_batches(lines, posts), batches), batches)
    what = f"a batch every {seconds:g} s"
    return [
        Figure(NAME, f"{what}: rows", cost.rows / cost.seconds, "rows/s"),
        Figure(NAME, f"{what}: posts", cost.posts / cost.seconds, "posts/s"),
    ]


def measure_growth(hashtags: tuple[int, ...], timed_posts: int) -> list[Figure]:
    """Return the processor time of a post in a day with each number of hashtags."""
    # As in ``growth``, without the posts that warm up Java.
    recipes = growing_day(hashtags, timed_posts)[1:]
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        driver = _Driver(Path(folder) / COUNTS_FILE)
        for part, number in enumerate(hashtags):
            filling, timed = (_batches(post_lines(one, part), _BATCH_POSTS) for one in recipes[2 * part : 2 * part + 2])
            driver.spend(filling, 1)
            # What the filling left in memory has been flushed after this.
            driver.spend(islice(timed, 1), 1)
            cost = driver.spend(timed, _BATCHES_PER_FLUSH)
            note = f"{cost.rows / cost.posts:.2f} rows a post, {1e6 * cost.seconds / cost.rows:.1f} µs a row"
            found.append(
                Figure(NAME, f"{number:,} hashtags: a post", 1e6 * cost.seconds / cost.posts, "µs", None, note)
            )
    ratio = (found[-1].value or 0) / (found[0].value or 1)
    title = f"cost at {hashtags[-1]:,} by cost at {hashtags[0]:,}"
    return [*found, Figure(NAME, title, ratio, "", at_most(MOST_GROWTH))]


@dataclass(frozen=True)
class _Cost:
    posts: int = 0
    rows: int = 0
    seconds: float = 0.0


class _Driver:
    """Does with batches what the state writer does, without Redis at the other end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store = CountsStore(path)
        self._store.begin(0, FIRST_DAY)
        self._commands = RedisCommands(NAME)
        self._client = redis.Redis()
        self._number = 0

    def spend(self, batches: Iterator[tuple[int, pa.Table]], per_flush: int) -> _Cost:
        """Count batches; return their posts, rows and processor time."""
        cost = _Cost()
        for number, (many, posts) in enumerate(batches, 1):
            sent = batch_rows(posts, self._number, self._number + 1)
            self._number += 1
            began = process_time()
            self._count(sent)
            if number % per_flush == 0:
                self._store.flush()
            seconds = cost.seconds + process_time() - began
            cost = replace(cost, posts=cost.posts + many, rows=cost.rows + delta_rows(posts).num_rows, seconds=seconds)
            # Another thread does this.
            checkpoint_wal(self._path)
        return cost

    def _count(self, sent: pa.Table) -> None:
        batch = batch_of(sent)
        changed = self._store.add(batch) or {}
        pipeline = self._client.pipeline(transaction=False)
        for update in batch_updates(changed, batch.deltas, None):
            self._commands.add_update(pipeline, update)
        for arguments, _ in pipeline.command_stack:
            pack_command(arguments)


def _batches(lines: Iterator[str], posts: int) -> Iterator[tuple[int, pa.Table]]:
    """Yield how many posts a batch has, and those posts."""
    while some := list(islice(lines, posts)):
        yield len(some), parse("".join(some).encode())
