"""Figures as people read them, and what a run leaves behind."""

from datetime import UTC, datetime

import msgspec
import pytest

from benchmarks.results import (
    Figure,
    Machine,
    Results,
    as_markdown,
    as_text,
    at_least,
    at_most,
    number,
    this_machine,
    write_results,
)

FIGURES = [
    Figure("latency", "p50", 187.4, "ms", at_most(200)),
    Figure("ceiling", "sustained", 98_765.4, "posts/s", at_least(143_199), "a | b"),
    Figure("latency", "p99", None, "ms", at_most(500), "fell behind"),
]


def test_each_figure_is_held_against_its_target():
    assert [line.split()[-1] for line in as_text(FIGURES[:1]).splitlines()] == ["note", "yes"]
    assert " no " in as_text(FIGURES[1:2])


def test_a_figure_that_could_not_be_had_does_not_meet_its_target():
    assert not at_most(500).is_met_by(None)
    assert " ".join(as_text(FIGURES[2:]).splitlines()[1].split()) == "latency p99 - ms at most 500 no fell behind"


def test_a_target_is_met_by_its_own_value():
    assert at_most(5).is_met_by(5)
    assert at_least(5).is_met_by(5)
    assert not at_least(5).is_met_by(4.9)


def test_columns_stand_below_each_other():
    lines = as_text(FIGURES).splitlines()
    assert len({line.index(unit) for line, unit in zip(lines, ("unit", "ms", "posts/s", "ms"), strict=True)}) == 1


def test_a_bar_in_a_cell_does_not_break_the_markdown_table():
    assert "a \\| b" in as_markdown(FIGURES)


@pytest.mark.parametrize(("value", "shown"), [(98_765.4, "98,765"), (12.34, "12.3"), (0.5, "0.50"), (None, "-")])
def test_numbers_show_what_is_significant(value, shown):
    assert number(value) == shown


MACHINE = Machine("EPYC", 2, 4_096, "6.1", "3.11.2")


def results(short: bool = False) -> Results:
    figure = Figure("latency", "p50", 180.0, "ms", at_most(200))
    return Results(datetime(2026, 1, 5, tzinfo=UTC), MACHINE, "abc1234", short, {}, [figure])


def test_a_run_is_kept_under_its_date_and_revision_and_can_be_read_again(tmp_path):
    path = write_results(results(), tmp_path)
    assert path.name == "2026-01-05-abc1234.json"
    assert msgspec.json.decode(path.read_bytes(), type=Results) == results()


def test_a_short_run_does_not_replace_a_long_one(tmp_path):
    assert write_results(results(), tmp_path) != write_results(results(short=True), tmp_path)


def test_the_table_beside_it_says_what_it_was_measured_on(tmp_path):
    table = write_results(results(), tmp_path).with_suffix(".md").read_text()
    assert "revision abc1234, EPYC, 2 cores" in table
    assert "| latency | p50 | 180 | ms | at most 200 | yes |" in table


def test_the_machine_is_known():
    machine = this_machine()
    assert machine.cores > 0
    assert machine.memory_mib > 100
    assert machine.processor
