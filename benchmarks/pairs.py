"""The cost of counting which hashtags are used together: processor time as a share of counting, and memory.

One process does what Spark's task and the driver do with each batch. The work for pairs is timed beside the rest, so a
busy machine changes both. Java, the collector and the site are not here: with them the share would be smaller.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import TypeVar

import pyarrow as pa

from benchmarks.growth import growing_day
from benchmarks.harness import ROOT
from benchmarks.made_up_posts import FIRST_DAY, Recipe, post_file
from benchmarks.results import Figure, as_text, at_most
from contract.pairs import LEADING_HASHTAGS, encode_partners
from streaming.aggregate.deltas import MicroBatch, delta_rows, group_deltas
from streaming.aggregate.pairs import group_pairs, pairs_in_posts
from streaming.sink.updates import batch_updates
from streaming.source.lines import parse
from streaming.state.pairs import MAX_PARTNERS, DayPairs
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore

NAME = "pairs"
POSTS, SHORT_POSTS = 1_500_000, 400_000
HASHTAGS, SHORT_HASHTAGS = (10_000, 1_000_000), (10_000, 300_000)
TIMED_POSTS = 400_000
MOST_SHARE, MOST_MIB = 15.0, 100.0

_BATCH_BYTES = 16 * 1024 * 1024

_BATCHES_PER_FLUSH = 4
"""At the ceiling a flush, every five seconds, has about so many of these batches."""

Result = TypeVar("Result")


def measure(short: bool) -> list[Figure]:
    """Return the shares of processor time, and the memory."""
    posts = SHORT_POSTS if short else POSTS
    shares = [measure_share(tagged, posts) for tagged in (0.2, 1.0)]
    return [*shares, measure_full(), *measure_memory(SHORT_HASHTAGS if short else HASHTAGS)]


def measure_share(tagged: float, posts: int) -> Figure:
    """Return the time that pairs take as a share of the time that counting takes without them."""
    timer = _Timer()
    with tempfile.TemporaryDirectory() as folder:
        with_pairs, without = _store(Path(folder) / "with"), _store(Path(folder) / "without")
        for number, lines in enumerate(_batches(post_file(Recipe(posts, tagged)))):
            batch = _timed_batch(timer, lines, number)
            sides = [(with_pairs, batch), (without, replace(batch, pairs={}))]
            # The second one finds more in the processor's caches: take turns.
            flushes = number % _BATCHES_PER_FLUSH == 0
            order = sides if number % 2 else sides[::-1]
            spent = {store: _time_to_count(store, one, flushes=flushes) for store, one in order}
            timer.others += spent[without]
            timer.pairs += spent[with_pairs] - spent[without]
            if number == 0:
                # It also loads code.
                timer = _Timer()
    share = 100 * timer.pairs / timer.others
    note = f"{timer.pairs:.1f} of {timer.pairs + timer.others:.1f} s"
    return Figure(NAME, f"{tagged:.0%} tagged: pairs by all other counting", share, "%", at_most(MOST_SHARE), note)


class _Timer:
    """Processor time in seconds: of pairs, and of everything else."""

    def __init__(self) -> None:
        self.pairs = self.others = 0.0

    def of_pairs(self, work: Callable[[], Result]) -> Result:
        began = process_time()
        result = work()
        self.pairs += process_time() - began
        return result

    def of_others(self, work: Callable[[], Result]) -> Result:
        began = process_time()
        result = work()
        self.others += process_time() - began
        return result


def _timed_batch(timer: _Timer, lines: bytes, number: int) -> MicroBatch:
    posts = timer.of_others(lambda: parse(lines))
    rows = timer.of_others(lambda: delta_rows(posts))
    # The rows include those of pairs, whose time goes to the other side.
    before = timer.pairs
    days = pa.array([0] * posts.num_rows, pa.int32())
    timer.of_pairs(lambda: pairs_in_posts(days, posts["hashtags"].combine_chunks()))
    timer.others -= timer.pairs - before
    deltas = timer.of_others(lambda: group_deltas(rows))
    return MicroBatch(number, number + 1, None, deltas, timer.of_pairs(lambda: group_pairs(rows)))


def _time_to_count(store: CountsStore, batch: MicroBatch, *, flushes: bool) -> float:
    """Count a batch, flush it and encode its pairs for Redis if it is time; return the processor time in seconds."""
    began = process_time()
    changed = store.add(batch) or {}
    for _ in batch_updates(changed, batch.deltas, None):
        pass
    for changes in store.flush().values() if flushes else ():
        for summary in changes.changed.values():
            encode_partners(summary.partners())
    return process_time() - began


def measure_full() -> Figure:
    """Return the memory of a day's summaries when all are full and no two share a partner's name."""
    before = resident_bytes()
    day = DayPairs({}, 0, lambda _: {})
    hashtags, partners = LEADING_HASHTAGS * 6 // 5, MAX_PARTNERS * 5 // 4
    for number in range(hashtags):
        rows = [(f"hashtag{number}", f"partner{number * partners + one}", 1) for one in range(partners)]
        day.add(rows, lambda _: 1, lambda _: 1)
    mebibytes = (resident_bytes() - before) / 2**20
    return Figure(NAME, "all summaries of a day, full", mebibytes, "MiB", at_most(MOST_MIB))


def resident_bytes() -> int:
    """Return the memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measure_memory(hashtags: tuple[int, ...]) -> list[Figure]:
    """Return how much more memory a process needs at its peak with pairs, for a day with that many hashtags."""
    path = post_file(*growing_day(hashtags, TIMED_POSTS))
    peaks = {}
    for kind in ("with", "without"):
        command = [sys.executable, "-m", "benchmarks.pairs", f"--peak={kind}", str(path)]
        peaks[kind] = int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    more = (peaks["with"] - peaks["without"]) / 2**20
    note = f"{peaks['with'] / 2**20:.0f} MiB with, {peaks['without'] / 2**20:.0f} without"
    return [Figure(NAME, f"{hashtags[-1]:,} hashtags: memory", more, "MiB", at_most(MOST_MIB), note)]


def _peak(path: Path, *, has_pairs: bool) -> int:
    """Count a file; return the most memory that this process had, in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        store = _store(Path(folder))
        for number, lines in enumerate(_batches(path)):
            rows = delta_rows(parse(lines))
            pairs = group_pairs(rows) if has_pairs else {}
            store.add(MicroBatch(number, number + 1, None, group_deltas(rows), pairs))
            store.flush()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _store(folder: Path) -> CountsStore:
    store = CountsStore(folder / COUNTS_FILE)
    store.begin(0, FIRST_DAY)
    return store


def _batches(path: Path) -> Iterator[bytes]:
    """Yield whole lines of a file, about as many bytes as a batch has at most."""
    with path.open("rb") as file:
        while lines := file.read(_BATCH_BYTES):
            yield lines + file.readline()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peak", choices=("with", "without"), help="only print the peak memory of counting a FILE")
    parser.add_argument("file", nargs="?", type=Path)
    arguments = parser.parse_args()
    if arguments.peak:
        print(_peak(arguments.file, has_pairs=arguments.peak == "with"))
    else:
        print(as_text(measure(short=False)))
