"""The lines of a comparison: where they begin, end and are dotted, their scale and their names."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from trendsite.pages.comparison_figure import ComparisonFigure, figure_of
from trendsite.queries.comparison import ComparedHashtag, HashtagComparison

NOTHING = [None] * 5


def days(number):
    return [(date(2026, 11, 1) + timedelta(days=ago)).isoformat() for ago in range(number)]


def figure(posts, *, at_most=NOTHING, totals=(100,) * 5, counting=None, is_share=False) -> ComparisonFigure:
    shares = [
        100 * number / total if number is not None and total else None
        for number, total in zip(posts, totals, strict=True)
    ]
    hashtag = ComparedHashtag("cats", "Cats", list(posts), list(at_most), shares)
    found = HashtagComparison("day", ["*"], "simulator", days(len(posts)), list(totals), [hashtag], counting)
    return figure_of(found, is_share=is_share)


def test_a_line_goes_through_all_known_values():
    (line,) = figure([0, 10, 20, 10, 40]).lines
    assert line.solid == ["0.0,100.0 250.0,75.0 500.0,50.0 750.0,75.0 1000.0,0.0"]
    assert line.dotted == []


def test_a_line_ends_where_nothing_is_known_and_a_single_value_is_a_dot():
    drawn = figure([20, 40, None, 10, None], totals=(100, 100, None, 100, 100))
    assert drawn.lines[0].solid == ["0.0,50.0 250.0,0.0", "750.0,75.0 750.0,75.0"]
    assert [(band.x, band.width) for band in drawn.gaps] == [(375, 250)]


def test_an_upper_bound_and_what_still_grows_are_dotted():
    (line,) = figure([40, 40, None, 40, 10], at_most=[None, None, 20, None, None], counting="2026-11-05").lines
    assert line.solid == ["0.0,0.0 250.0,0.0"]
    assert line.dotted == ["250.0,0.0 500.0,50.0 750.0,0.0 1000.0,75.0"]
    assert line.total == 130


def test_shares_have_a_scale_of_their_own_with_as_many_decimals_as_it_needs():
    drawn = figure([1, 2, 3, 4, 5], totals=(1_000,) * 5, is_share=True)
    assert [mark.value for mark in drawn.marks] == pytest.approx([0, 0.2, 0.4, 0.6])
    assert (drawn.decimals, drawn.cell_decimals) == ("1g", "3g")


@pytest.mark.parametrize(("most", "highest"), [(0, 1), (1, 1), (7, 8), (99, 100), (101, 150), (12_345, 15_000)])
def test_the_scale_ends_just_above_the_highest_value_in_round_steps(most, highest):
    marks = figure([0, 0, 0, 0, most]).marks
    assert marks[-1].value == highest
    assert 2 <= len(marks) <= 6
    assert all(mark.value == int(mark.value) for mark in marks)


def test_names_stand_in_the_order_of_the_ends_of_their_lines_and_do_not_cover_each_other():
    hashtags = [
        ComparedHashtag(name, name, [1, last], [None, None], [None, None])
        for name, last in (("a", 3), ("b", 100), ("c", 2), ("d", 1))
    ]
    found = HashtagComparison("day", ["*"], "simulator", days(2), [100, 100], hashtags)
    at = {line.hashtag.key: line.name_at for line in figure_of(found, is_share=False).lines}
    assert sorted(at, key=lambda key: at[key]) == ["b", "a", "c", "d"]
    places = sorted(at.values())
    assert all(after - before >= 9 for before, after in pairwise(places))
    assert places[-1] <= 100


def test_a_year_has_few_ticks_and_one_day_has_one():
    hashtag = ComparedHashtag("a", "a", [1] * 366, [None] * 366, [None] * 366)
    found = HashtagComparison("day", ["*"], "simulator", days(366), [9] * 366, [hashtag])
    assert 2 <= len(figure_of(found, is_share=False).ticks) <= 5
    single = HashtagComparison("day", ["*"], "x", days(1), [9], [ComparedHashtag("a", "a", [1], [None], [None])])
    drawn = figure_of(single, is_share=False)
    assert [tick.percent for tick in drawn.ticks] == [50]
    assert drawn.lines[0].solid == ["500.0,0.0 500.0,0.0"]
