"""Figures as people read them."""

import pytest

from benchmarks.figures import Figure, at_least, at_most
from benchmarks.table import as_markdown, as_text, number

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
