"""What is sustained while the file is still being read."""

import pytest

from benchmarks.ceiling import rates
from benchmarks.harness import BenchmarkError
from benchmarks.observers import Seen


def steps(until: int, posts_per_second: int, since: int = 0) -> list[Seen]:
    return [Seen(float(second), (second - since) * posts_per_second) for second in range(since, until + 1)]


def test_rates_are_those_after_the_first_seconds_and_before_the_file_is_read():
    counted = [Seen(2.0, 1), Seen(5.0, 2), *steps(60, 30, since=6)]
    assert rates(steps(40, 80), counted) == (pytest.approx(80), pytest.approx(30))


def test_a_file_that_was_read_too_soon_gives_no_rate():
    with pytest.raises(BenchmarkError, match="give more posts"):
        rates(steps(5, 80), steps(60, 30, since=2))
