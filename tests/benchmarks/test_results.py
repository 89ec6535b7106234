"""What a run leaves behind."""

from datetime import UTC, datetime

import msgspec

from benchmarks.figures import Figure, at_most
from benchmarks.machine import Machine, this_machine
from benchmarks.results import Results, keep

MACHINE = Machine("EPYC", 2, 4_096, "6.1", "3.11.2")


def results(short: bool = False) -> Results:
    figure = Figure("latency", "p50", 180.0, "ms", at_most(200))
    return Results(datetime(2026, 1, 5, tzinfo=UTC), MACHINE, "abc1234", short, {}, [figure])


def test_a_run_is_kept_under_its_date_and_revision_and_can_be_read_again(tmp_path):
    path = keep(results(), tmp_path)
    assert path.name == "2026-01-05-abc1234.json"
    assert msgspec.json.decode(path.read_bytes(), type=Results) == results()


def test_a_short_run_does_not_replace_a_long_one(tmp_path):
    assert keep(results(), tmp_path) != keep(results(short=True), tmp_path)


def test_the_table_beside_it_says_what_it_was_measured_on(tmp_path):
    table = keep(results(), tmp_path).with_suffix(".md").read_text()
    assert "revision abc1234, EPYC, 2 cores" in table
    assert "| latency | p50 | 180 | ms | at most 200 | yes |" in table


def test_the_machine_is_known():
    machine = this_machine()
    assert machine.cores > 0
    assert machine.memory_mib > 100
    assert machine.processor
