"""The comparison in small: real servers, real viewers."""

import pytest

from benchmarks.fanout.compare import compared, measure_server
from benchmarks.fanout.crowd import Crowd
from benchmarks.fanout.servers import BARE, GROUPS, OURS
from benchmarks.harness import BenchmarkError
from benchmarks.results import Figure, at_most


@pytest.mark.parametrize("server", [OURS, BARE], ids=lambda server: server.name)
def test_every_viewer_receives_every_ranking_and_no_other(server):
    figures = {figure.name: figure.value for figure in measure_server(server, (20,), rankings=1)}
    title = f"{server.name}, 20 viewers"
    assert figures[f"{title}: frames received"] == 100
    assert 0 < figures[f"{title}: publish to receipt, p50"] <= figures[f"{title}: publish to receipt, p99"]


def test_a_port_where_nobody_serves_ends_the_measurement(free_port):
    with Crowd(free_port) as crowd, pytest.raises(BenchmarkError, match="sent away"):
        crowd.grow_to(1)


def test_costs_are_compared_with_the_most_viewers_that_both_bore():
    cost = "{}, {:,} viewers: a frame".format
    figures = [Figure("fanout", cost(OURS.name, 1_000), 20, "µs"), Figure("fanout", cost(OURS.name, 5_000), 30, "µs")]
    limits = ((BARE, at_most(2)), (GROUPS, at_most(1)))
    assert compared(figures, (1_000, 5_000), limits) == []
    figures += [Figure("fanout", cost(BARE.name, 1_000), 40, "µs"), Figure("fanout", cost(BARE.name, 5_000), 20, "µs")]
    figures += [Figure("fanout", cost(GROUPS.name, 1_000), 200, "µs")]
    assert [figure.value for figure in compared(figures, (1_000, 5_000), limits)] == [1.5, 0.1]
