"""The cost of a day with many hashtags, in time per post, memory and disk; and what remains after a week.

One file in three parts, for one Spark: each part brings the day to more distinct hashtags, and
ends with posts whose counting is timed. The collector is done with the file before Spark counts.
"""

import signal
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.harness import wait_until
from benchmarks.made_up_posts import FIRST_DAY, Recipe, filling, post_file
from benchmarks.observers import RankingListener, Reports, Seen, rate_of
from benchmarks.results import Figure, at_least, at_most
from benchmarks.stack import Stack
from contract.closed_day import closed_days
from contract.files import counts_folder, spool_folder
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE

NAME = "growth"
HASHTAGS = (10_000, 1_000_000, 5_000_000)
SHORT_HASHTAGS = (10_000, 500_000)
TIMED_POSTS = 800_000
SHORT_TIMED_POSTS = 400_000
WEEK_POSTS = 1_050_000
SHORT_WEEK_POSTS = 210_000

_COUNTING = ("streaming", "spark_jvm", "spark_python")
_LONGEST_SECONDS = 420.0
_DAYS = 7
_MOST_DAYS_LEFT = 2


@dataclass(frozen=True)
class _State:
    """Memory and disk at one moment, in bytes."""

    memory: int
    counts: int
    spool: int


def measure(short: bool) -> list[Figure]:
    """Return the figures of a growing day and of a week."""
    growing = (SHORT_HASHTAGS, SHORT_TIMED_POSTS) if short else (HASHTAGS, TIMED_POSTS)
    return [*measure_day(*growing), *measure_week(SHORT_WEEK_POSTS if short else WEEK_POSTS)]


def growing_day(hashtags: tuple[int, ...], timed_posts: int) -> list[Recipe]:
    """Return a day's posts: to warm up, then for each number of hashtags those that bring new ones, and timed ones."""
    hours = 24 / (1 + 2 * len(hashtags))
    recipes = [Recipe(timed_posts, hashtags=hashtags[0], hours=hours)]
    known = 0
    for number in hashtags:
        recipes.append(filling(known, number, hours * len(recipes), hours))
        recipes.append(Recipe(timed_posts, hashtags=number, first_hour=hours * len(recipes), hours=hours))
        known = number
    return recipes


def measure_day(hashtags: tuple[int, ...], timed_posts: int) -> list[Figure]:
    """Return the cost of a post, memory and disk at each number of distinct hashtags.

    Raises:
        BenchmarkError: Trendsite did not count everything in minutes.
    """
    recipes = growing_day(hashtags, timed_posts)
    ends = [sum(recipe.posts for recipe in recipes[: 3 + 2 * part]) for part in range(len(hashtags))]
    with _replaying(post_file(*recipes)) as stack, RankingListener(stack.redis_url) as counted:
        reports = Reports(stack.redis_url)
        wait_until(lambda: counted.posts, "the first ranking is on Redis")
        stack.send("spark_jvm", signal.SIGSTOP)
        wait_until(lambda: _has_ended(reports), "the file is read", _LONGEST_SECONDS)
        stack.send("spark_jvm", signal.SIGCONT)
        states = [_state_when(stack, counted, end) for end in ends]
    costs = [_microseconds_a_post(counted.seen, end - timed_posts, end) for end in ends]
    figures = [
        figure
        for number, cost, state in zip(hashtags, costs, states, strict=True)
        for figure in _of_state(f"{number:,} hashtags", cost, state)
    ]
    first, last = costs[0], costs[-1]
    ratio = last / first if first and last else None
    return [*figures, Figure(NAME, f"cost at {hashtags[-1]:,} by cost at {hashtags[0]:,}", ratio, "", at_most(2.0))]


def measure_week(posts: int) -> list[Figure]:
    """Return memory and disk after each day of a week that passes in a minute or two.

    Raises:
        BenchmarkError: the days did not close.
    """
    # The last day closes when the next one is some hours old.
    path = post_file(Recipe(posts, hours=24 * _DAYS + 3))
    with _replaying(path) as stack:
        wait_until(lambda: _closed(stack) >= 1, "the first day closes", _LONGEST_SECONDS)
        first = _state(stack)
        wait_until(lambda: _closed(stack) >= _DAYS, "seven days close", _LONGEST_SECONDS)
        reports = Reports(stack.redis_url)
        wait_until(lambda: _has_counted(reports, FIRST_DAY + timedelta(_DAYS)), "the eighth day is counted")
        # What is done is removed bit by bit.
        wait_until(lambda: len(_days_left(stack)) <= _MOST_DAYS_LEFT, "closed days are removed", _LONGEST_SECONDS)
        last, left = _state(stack), len(_days_left(stack))
    return [
        Figure(NAME, "week: days closed", _DAYS, "", at_least(_DAYS)),
        *_of_state("week, after 1 day", None, first),
        *_of_state("week, after 7 days", None, last),
        Figure(NAME, "week: days left in the counts", left, "", at_most(_MOST_DAYS_LEFT)),
    ]


def _replaying(path: Path) -> Stack:
    return Stack(SOURCE="replay", REPLAY_FILE=str(path), REPLAY_SPEED="0", REPLAY_SHIFT="none")


def _has_ended(reports: Reports) -> bool:
    report = reports.collector()
    return report is not None and report.state == "ended"


def _has_counted(reports: Reports, day: date) -> bool:
    report = reports.streaming()
    return report is not None and report.day == day and not report.behind_bytes


def _state_when(stack: Stack, counted: RankingListener, posts: int) -> _State:
    wait_until(lambda: counted.posts >= posts, f"{posts} posts are counted", _LONGEST_SECONDS)
    return _state(stack)


def _state(stack: Stack) -> _State:
    usage = stack.usage()
    memory = sum(usage[name].pss_bytes for name in _COUNTING)
    source = _source(stack)
    counts, spool = counts_folder(stack.data_dir, source), spool_folder(stack.data_dir, source)
    return _State(memory, disk_bytes(counts), disk_bytes(spool))


def _days_left(stack: Stack) -> list[date]:
    with Snapshot(counts_folder(stack.data_dir, _source(stack)) / COUNTS_FILE) as snapshot:
        return snapshot.days()


def _source(stack: Stack) -> str:
    return wait_until(Reports(stack.redis_url).collector, "the collector reports").source


def disk_bytes(folder: Path) -> int:
    """Return the bytes on disk of the files below a folder; some may vanish meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


def _closed(stack: Stack) -> int:
    return len(closed_days(stack.data_dir))


def _microseconds_a_post(seen: list[Seen], first: int, last: int) -> float | None:
    rate = rate_of([step for step in seen if first <= step.posts <= last])
    return 1e6 / rate if rate else None


def _of_state(title: str, cost: float | None, state: _State) -> list[Figure]:
    costs = [Figure(NAME, f"{title}: a post", cost, "µs")] if cost is not None else []
    return [
        *costs,
        Figure(NAME, f"{title}: streaming and Spark", state.memory / 2**20, "MiB"),
        Figure(NAME, f"{title}: counts", state.counts / 2**20, "MiB"),
        Figure(NAME, f"{title}: spool", state.spool / 2**20, "MiB"),
    ]
