"""What the figures of a cluster are made of."""

import pytest

from benchmarks.cluster.scaling import Case, Found, Sample, _between, as_table
from benchmarks.harness import BenchmarkError

WARM = Sample(10.0, 30_000, 80_000, {"driver, Python": 3.0, "collector": 1.0}, 5_000)
LAST = Sample(20.0, 130_000, 130_000, {"driver, Python": 4.0, "collector": 1.5, "executors, JVM": 0.2}, 45_000)


def test_the_cost_of_a_post_is_what_was_used_while_it_was_counted_or_by_spark_while_it_was_read():
    found = _between(WARM, LAST, served=100)
    assert found.cpu == pytest.approx({"driver, Python": 1_000.0, "collector": 1_000.0, "executors, JVM": 400.0})
    assert (found.received, found.served, found.posts_per_second) == (80.0, 100, 100.0)


def test_nothing_counted_is_an_error_instead_of_a_figure():
    with pytest.raises(BenchmarkError, match="give more posts"):
        _between(WARM, WARM, served=100)


def test_the_table_has_a_column_for_each_case_and_leaves_out_what_a_case_has_not():
    here = _between(WARM, LAST, served=100)
    there = Found(Case(4, has_kafka=True), {"collector": 1.0}, 4.0, 2.0, 100.0, 5_000.0)
    rows = {row.split(" | ")[0].lstrip("| "): row for row in as_table([here, there]).splitlines()}
    assert rows["µs of processor a post"] == "| µs of processor a post | local[2] | 4 executors, Kafka |"
    assert rows["executors, JVM"] == "| executors, JVM | 400.00 |  |"
    assert rows["bytes a post from the executors"] == "| bytes a post from the executors | 80.0 | 2.0 |"
    assert len({row.count("|") for row in rows.values()}) == 1
