"""NAB's realTweets: mentions of ten companies in five minutes each, eight weeks, with labelled windows of unusual use.

The data are not part of this project. ``HOW_TO_GET`` says where they are.
"""

import csv
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from statistics import median

from benchmarks.rising.rules import Rule
from benchmarks.rising.series import QUARTERS, Stream, episodes, poisson

HOW_TO_GET = "git clone --depth 1 https://github.com/numenta/NAB, and name the folder with --nab"

NAMES = ("AAPL", "AMZN", "CRM", "CVS", "FB", "GOOG", "IBM", "KO", "PFE", "UPS")
START = datetime(2015, 2, 26)  # noqa: DTZ001 - NAB's times have no zone
_QUARTER = timedelta(minutes=15)
_WEEK = 7 * 24 * QUARTERS
_DAYS = 57

OTHER_POSTS_AN_HOUR = 12_000
"""Posts without these companies. NAB has none, so they are made up, as many at every hour."""

REAL_TIMES = 3.0
"""An episode outside of the windows is a real burst if it has so many times the usual of this hour of the week."""


@dataclass(frozen=True)
class Keyword:
    """One company: its posts by quarter hour since START, the first and last known one, and its windows in quarters."""

    name: str
    counts: list[int]
    first: int
    last: int
    windows: list[tuple[int, int]]

    @property
    def weeks_outside(self) -> float:
        """Return how many weeks are not in a window."""
        return (self.last - self.first - sum(end - begin for begin, end in self.windows)) / _WEEK

    @cached_property
    def trailing(self) -> list[int]:
        """Return the posts of the 60 minutes before the end of each quarter hour."""
        return [sum(self.counts[max(0, at - QUARTERS + 1) : at + 1]) for at in range(len(self.counts))]

    def usual(self, at: int) -> float:
        """Return the median of this hour of the week over all eight weeks: known only afterwards."""
        hours = self.trailing
        return median(
            hours[other] for other in range(at % _WEEK, self.last + 1, _WEEK) if other >= self.first + QUARTERS
        )


@dataclass(frozen=True)
class Found:
    """What a rule found: caught windows of all, episodes a week outside of them, and how many of these are real."""

    caught: int
    windows: int
    episodes_a_week: float
    real_share: float


def read(folder: Path) -> list[Keyword]:
    """Read the ten companies from a copy of NAB.

    Raises:
        FileNotFoundError: the folder has no NAB.
    """
    windows = json.loads((folder / "labels" / "combined_windows.json").read_text())
    return [_read_keyword(folder, name, windows) for name in NAMES]


def _read_keyword(folder: Path, name: str, windows: dict[str, list[list[str]]]) -> Keyword:
    path = f"realTweets/Twitter_volume_{name}.csv"
    counts, known = [0] * _DAYS * 24 * QUARTERS, set()
    with (folder / "data" / path).open(newline="") as file:
        for row in csv.DictReader(file):
            quarter = _quarter(row["timestamp"])
            counts[quarter] += int(float(row["value"]))
            known.add(quarter)
    labelled = [(_quarter(begin), _quarter(end)) for begin, end in windows[path]]
    return Keyword(name, counts, min(known), max(known), labelled)


def _quarter(timestamp: str) -> int:
    return (datetime.fromisoformat(timestamp[:19]) - START) // _QUARTER


def measure(keywords: Sequence[Keyword], rule: Rule) -> Found:
    """Judge each company every quarter of an hour, among posts of others."""
    caught = windows = real = 0
    found: list[tuple[int, int]] = []
    for keyword in keywords:
        alarms = _alarms(keyword, rule)
        caught += sum(_is_caught(keyword, alarms, window) for window in keyword.windows)
        windows += len(keyword.windows)
        outside = [alarm and not _is_labelled(keyword, at) for at, alarm in enumerate(alarms)]
        of_keyword = episodes(outside)
        found += of_keyword
        hours = keyword.trailing
        real += sum(
            any(hours[at] >= REAL_TIMES * max(keyword.usual(at), 10 / 3) for at in range(first, last + 1))
            for first, last in of_keyword
        )
    weeks = sum(keyword.weeks_outside for keyword in keywords)
    return Found(caught, windows, len(found) / weeks, real / max(1, len(found)))


def _alarms(keyword: Keyword, rule: Rule) -> list[bool]:
    chance = random.Random(keyword.name)  # noqa: S311 - a series, not a secret
    others = [poisson(chance, OTHER_POSTS_AN_HOUR / QUARTERS) for _ in keyword.counts]
    known = range(keyword.first, keyword.last + 1)
    both = enumerate(zip(others, keyword.counts, strict=True))
    posts = [other + count if at in known else 0 for at, (other, count) in both]
    (alarms,) = Stream([keyword.counts], posts).judged(rule, last=keyword.last + 1)
    return alarms


def _is_labelled(keyword: Keyword, at: int) -> bool:
    return any(begin <= at <= end for begin, end in keyword.windows)


def _is_caught(keyword: Keyword, alarms: Sequence[bool], window: tuple[int, int]) -> bool:
    """Return whether it rises within an hour of the busiest hour of a window."""
    hours = keyword.trailing
    busiest = max(range(window[0], window[1] + 1), key=lambda at: hours[at])
    return any(alarms[max(0, busiest - QUARTERS) : busiest + QUARTERS + 1])
