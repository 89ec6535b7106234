"""``python -m benchmarks.rising [--nab FOLDER]``: what the rule for rising hashtags catches, before and after.

The constructed series need nothing. NAB's keywords are measured where their folder is.
"""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.harness import cache_folder
from benchmarks.results import number
from benchmarks.rising import nab
from benchmarks.rising.constructed import SCENARIOS, Outcome
from benchmarks.rising.rules import RULES, Rule

Measure = Callable[[Rule], list[Outcome]]


def main() -> None:
    """Measure and print each figure of both rules."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rising", description=__doc__)
    parser.add_argument("--nab", type=Path, default=cache_folder() / "NAB", help="the folder with a copy of NAB")
    folder = parser.parse_args().nab
    print(f"| series | {' | '.join(RULES)} | |\n| --- | ---: | ---: | --- |", flush=True)
    for scenario in SCENARIOS:
        _print(scenario)
    try:
        keywords = nab.read(folder)
    except FileNotFoundError:
        print(f"\nNot measured on NAB's keywords, because {folder} has none: {nab.HOW_TO_GET}.")
        return
    _print(lambda rule: _outcomes(nab.measure(keywords, rule)))


def _print(measure: Measure) -> None:
    rows: Iterable[tuple[Outcome, ...]] = zip(*map(measure, RULES.values()), strict=True)
    for row in rows:
        values = " | ".join(number(outcome.value) for outcome in row)
        print(f"| {row[0].name} | {values} | {row[0].unit} |", flush=True)


def _outcomes(found: nab.Found) -> list[Outcome]:
    return [
        Outcome(f"NAB: caught of {found.windows} labelled windows", found.caught, "windows"),
        Outcome("NAB: episodes a week outside of them", found.episodes_a_week, "episodes"),
        Outcome("NAB: of these, at least 3 times the usual", 100 * found.real_share, "%"),
    ]


if __name__ == "__main__":
    main()
