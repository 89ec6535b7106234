import pytest

from contract.closed_day import HOURS
from trendsite.archive.admin.charts import hours_as_table, hours_as_text

EVEN = [7] * HOURS
ONE_PEAK = [0] * 14 + [8, 4, 1, *[0] * 7]


@pytest.mark.parametrize(
    ("hours", "bars", "said"),
    [
        (EVEN, "█" * HOURS, "most from 00:00: 7"),
        (ONE_PEAK, "·" * 14 + "█▄▁" + "·" * 7, "most from 14:00: 8"),
        ([0] * HOURS, "·" * HOURS, "no posts"),
        ([None] * 3 + [0] * 11 + [8] + [None] * 9, "░░░" + "·" * 11 + "█" + "░" * 9, "most from 14:00: 8"),
        ([None] * HOURS, "░" * HOURS, "no posts"),
    ],
)
def test_hours_as_text_are_drawn_relative_to_the_busiest_hour(hours: list[int | None], bars: str, said: str) -> None:
    word = hours_as_text(hours)
    assert f">{bars}<" in word
    assert f'aria-label="{said}"' in word


def test_hours_as_table_have_a_row_for_each_hour_even_without_posts() -> None:
    assert hours_as_table(ONE_PEAK).count("<tr>") == HOURS
    assert '<th scope="row">14:00</th><td>8</td><td><meter value="8" max="8">' in hours_as_table(ONE_PEAK)
    assert 'max="1"' in hours_as_table([0] * HOURS)


def test_an_unknown_hour_has_no_number_and_no_bar() -> None:
    table = hours_as_table([None, 0, 3, *[None] * 21])
    assert '<th scope="row">00:00</th><td>unknown</td><td></td>' in table
    assert '<th scope="row">01:00</th><td>0</td><td><meter value="0" max="3">' in table
    assert table.count("unknown") == 22
