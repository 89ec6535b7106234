"""The highest rate of the whole pipeline, from a file through the collector to a published ranking.

The collector replays a day of made-up posts as fast as it can, into a Spark that has started. While both work, the
sustained rate is that of the slower one. If the backlog grows, that is Spark, which would get more of the processor
if fewer posts came.
"""

import argparse
import signal
from collections.abc import Sequence

from benchmarks.harness import BenchmarkError, wait_until
from benchmarks.made_up_posts import FIRST_DAY, Recipe, Truth, post_file, truth_of
from benchmarks.observers import RankingListener, ReadObserver, Reports, Seen, rate_of
from benchmarks.results import Figure, Target, as_text, at_least, at_most
from benchmarks.stack import Stack

NAME = "ceiling"
POSTS = {0.2: 7_000_000, 1.0: 3_000_000}
SHORT_POSTS = {0.2: 5_000_000}

# The highest rate that X has ever reported.
_TARGETS: dict[float, Target] = {0.2: at_least(143_199)}
_LONGEST_SECONDS = 240.0
_FIRST_SECONDS = 4.0


def measure(short: bool) -> list[Figure]:
    """Return the figures of a fifth tagged and of all tagged; in the short form, of a fifth."""
    return [
        figure for tagged, posts in (SHORT_POSTS if short else POSTS).items() for figure in measure_share(tagged, posts)
    ]


def measure_share(tagged: float, posts: int) -> list[Figure]:
    """Return the figures of a file of ``posts`` posts, of which a share is ``tagged``.

    Raises:
        BenchmarkError: Trendsite did not start, or did not count everything in minutes.
    """
    path = post_file(Recipe(posts, tagged))
    truth = truth_of(path)
    settings = {"SOURCE": "replay", "REPLAY_FILE": str(path), "REPLAY_SPEED": "0", "REPLAY_SHIFT": "none"}
    with Stack(**settings) as stack:
        # Spark takes as long to start as the collector to read much of the file.
        stack.send("collector", signal.SIGSTOP)
        stack.wait_until_spark_waits()
        with ReadObserver(stack.redis_url) as read, RankingListener(stack.redis_url) as counted:
            stack.send("collector", signal.SIGCONT)
            wait_until(lambda: counted.posts >= posts, "every post is counted", _LONGEST_SECONDS)
        wrong = wrong_rankings(Reports(stack.redis_url), truth)
    return _figures(f"{tagged:.0%} tagged", _TARGETS.get(tagged), read.seen, counted.seen, wrong)


def rates(read: Sequence[Seen], counted: Sequence[Seen]) -> tuple[float, float]:
    """Return the posts read and the posts counted per second while both went on.

    The first seconds of counting, when Java still compiles, are left out.

    Raises:
        BenchmarkError: reading was over too soon.
    """
    since, until = counted[0].moment + _FIRST_SECONDS, read[-1].moment
    return _rate(read, since, until), _rate(counted, since, until)


def _rate(seen: Sequence[Seen], since: float, until: float) -> float:
    steps = [step for step in seen if since <= step.moment <= until]
    rate = rate_of(steps) if len(steps) > 2 else None
    if rate is None:
        raise BenchmarkError("the file was read before counting had settled: give more posts")
    return rate


def wrong_rankings(reports: Reports, truth: Truth) -> int:
    """Return how many languages' published rankings differ from the truth."""
    report = reports.collector()
    wrong = 0
    for language, posts in truth.posts.items():
        ranking = reports.ranking(report.source, FIRST_DAY, language) if report else None
        top = [(place.key, place.posts) for place in ranking.top] if ranking else []
        wrong += ranking is None or ranking.posts != posts or top != truth.top.get(language, [])
    return wrong


def _figures(
    share: str, target: Target | None, read: Sequence[Seen], counted: Sequence[Seen], wrong: int
) -> list[Figure]:
    read_rate, counted_rate = rates(read, counted)
    limit = "collector" if read_rate <= counted_rate * 1.05 else "streaming"
    drain = _rate(counted, counted[0].moment, counted[-1].moment)
    return [
        Figure(NAME, f"{share}: sustained", min(read_rate, counted_rate), "posts/s", target, f"{limit} is the limit"),
        Figure(NAME, f"{share}: read meanwhile", read_rate, "posts/s"),
        Figure(NAME, f"{share}: counted meanwhile", counted_rate, "posts/s"),
        Figure(NAME, f"{share}: counted from first to last ranking", drain, "posts/s"),
        Figure(NAME, f"{share}: languages whose counts are wrong", wrong, "", at_most(0)),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ceiling", description=__doc__)
    parser.add_argument("--tagged", type=float, default=0.2, help="share of the posts that has hashtags")
    parser.add_argument("--posts", type=int, default=POSTS[0.2], help="how many posts to count")
    chosen = parser.parse_args()
    print(as_text(measure_share(chosen.tagged, chosen.posts)))
