"""The memory of networks side by side: one network, then two, each with the same rate of posts from a stand-in."""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from benchmarks.harness import free_ports, wait_until
from benchmarks.observers import Reports
from benchmarks.results import Figure, as_text, at_most
from benchmarks.stack import Stack

NAME = "networks"

NETWORKS = ("bluesky", "mastodon")
RATE = 250
SECONDS, SHORT_SECONDS = 120.0, 60.0
MOST_TIMES = 1.4

_HASHTAGS = 20_000
_START_SECONDS = 300.0


def measure(short: bool) -> list[Figure]:
    """Return the figures of both."""
    return measure_networks(seconds=SHORT_SECONDS if short else SECONDS)


def measure_networks(rate: int = RATE, seconds: float = SECONDS) -> list[Figure]:
    """Return the memory of one network and of two, ``seconds`` after each is counted.

    Raises:
        BenchmarkError: Trendsite did not start.
    """
    one, of_one = _measure(NETWORKS[:1], rate, seconds)
    two, of_two = _measure(NETWORKS, rate, seconds)
    share = Figure(NAME, f"two networks of {rate} posts/s, by one", two / one, "times", at_most(MOST_TIMES))
    return [share, *of_one, *of_two]


def _measure(sources: Sequence[str], rate: int, seconds: float) -> tuple[float, list[Figure]]:
    """Return the memory in all, in MiB, and the figures of each part."""
    addresses = ",".join(f"127.0.0.1:{port}" for port in free_ports(len(sources)))
    with (
        _stand_ins(rate, _START_SECONDS + seconds) as urls,
        Stack(SOURCE=",".join(sources), COLLECTOR_ADDRESS=addresses, **urls) as stack,
    ):
        reports = Reports(stack.redis_url)
        wait_until(lambda: _are_counted(reports, sources), f"{' and '.join(sources)} are counted", _START_SECONDS)
        time.sleep(seconds)
        parts = {name: usage.pss_bytes / 2**20 for name, usage in stack.usage().items()}
    title, total = f"{' and '.join(sources)}, {rate} posts/s each", sum(parts.values())
    largest_first = sorted(parts, key=lambda name: -parts[name])
    figures = [Figure(NAME, f"{title}: {name}", parts[name], "MiB") for name in largest_first]
    return total, [Figure(NAME, f"{title}: all", total, "MiB"), *figures]


def _are_counted(reports: Reports, sources: Sequence[str]) -> bool:
    statuses = [reports.streaming(source) for source in sources]
    return all(status is not None and status.counted_offset > 0 for status in statuses)


@contextmanager
def _stand_ins(rate: int, seconds: float) -> Iterator[dict[str, str]]:
    """Run the tests' stand-ins for both networks. Yield the settings that lead to them."""
    script: Any = import_module("tests.standins.script")
    jetstream: Any = import_module("tests.standins.jetstream")
    mastodon: Any = import_module("tests.standins.mastodon")
    made = script.supply(datetime.now(UTC), timedelta(seconds=1 / rate))

    def varied(number: int) -> Any:  # noqa: ANN401 - a post of the tests
        post, share = made(number), number * 2_654_435_761 % 2**32 / 2**32
        # Few hashtags are common and most are rare: log-uniform, close to a Zipf law.
        tags = tuple(f"Topic{int(_HASHTAGS**share)}" for _ in post.hashtags[:1])
        return replace(post, hashtags=tags, account=f"account{number % 50_021}")

    steps = [script.Send(int(rate * seconds), seconds)]
    with jetstream.JetstreamStandIn(steps, varied) as first, mastodon.MastodonStandIn(steps, make=varied) as second:
        yield {"JETSTREAM_URL": first.url, "MASTODON_URL": second.url}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__)
    parser.add_argument("--rate", type=int, default=RATE, help="posts a second of each network")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long after the first count")
    chosen = parser.parse_args()
    print(as_text(measure_networks(chosen.rate, chosen.seconds)))
