"""``python -m benchmarks``: run all benchmarks, or the named ones; print one table and save it."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks import (
    bluesky_source,
    ceiling,
    collector_alone,
    driver,
    footprint,
    growth,
    kafka_source,
    latency,
    mastodon_source,
    networks,
    pairs,
    x_source,
)
from benchmarks.fanout import compare
from benchmarks.harness import ROOT, BenchmarkError
from benchmarks.peers import contest
from benchmarks.results import Figure, Results, as_text, revision, this_machine, write_results

BENCHMARKS: dict[str, Callable[[bool], list[Figure]]] = {
    latency.NAME: latency.measure,
    ceiling.NAME: ceiling.measure,
    contest.NAME: contest.measure,
    collector_alone.NAME: collector_alone.measure,
    bluesky_source.NAME: bluesky_source.measure,
    mastodon_source.NAME: mastodon_source.measure,
    x_source.NAME: x_source.measure,
    kafka_source.NAME: kafka_source.measure,
    growth.NAME: growth.measure,
    driver.NAME: driver.measure,
    footprint.START: footprint.measure_start,
    footprint.MEMORY: footprint.measure_memory,
    networks.NAME: networks.measure,
    pairs.NAME: pairs.measure,
    compare.NAME: compare.measure,
}

# Settings that change a figure; a run records those that are set.
_SETTINGS = ("SPARK_MASTER", "SPARK_MEMORY_MB", "MAX_BATCH_BYTES", "JAVA_HOME")


def main() -> None:
    """Measure. A benchmark that fails becomes a figure with the reason, and the others still run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("benchmark", nargs="*", help=f"one of {', '.join(BENCHMARKS)}; all when none is named")
    parser.add_argument("--short", action="store_true", help="fewer posts and seconds: a third of the time, less exact")
    chosen = parser.parse_args()
    unknown = set(chosen.benchmark) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown benchmark {', '.join(sorted(unknown))}: use some of {', '.join(BENCHMARKS)}")
    figures = [figure for name in chosen.benchmark or BENCHMARKS for figure in _measured(name, chosen.short)]
    figures += contest.compared(figures)
    print(as_text(figures))
    settings = {name: os.environ[name] for name in _SETTINGS if name in os.environ}
    results = Results(datetime.now(UTC), this_machine(), revision(), chosen.short, settings, figures)
    print(f"\nKept in {write_results(results, ROOT / 'benchmarks' / 'results')}")


def _measured(name: str, short: bool) -> list[Figure]:
    print(f"{datetime.now(UTC):%H:%M:%S} {name} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        return BENCHMARKS[name](short)
    except BenchmarkError as error:
        return [Figure(name, "failed", None, "", None, str(error))]
    finally:
        print(f"{name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
