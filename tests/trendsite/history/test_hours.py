import pytest

from contract.closed_day import HOURS
from trendsite.history.counts_field import CountsField
from trendsite.history.hours_drawn import in_a_table, in_a_word

EVEN = [7] * HOURS
ONE_PEAK = [0] * 14 + [8, 4, 1, *[0] * 7]


def test_the_database_keeps_hours_as_text_and_python_has_them_as_a_list() -> None:
    field = CountsField()
    kept = field.get_prep_value(ONE_PEAK)
    assert kept == "0 0 0 0 0 0 0 0 0 0 0 0 0 0 8 4 1 0 0 0 0 0 0 0"
    assert field.from_db_value(kept) == ONE_PEAK
    assert field.from_db_value(field.get_prep_value(None)) is None


@pytest.mark.parametrize(
    ("hours", "bars", "said"),
    [
        (EVEN, "█" * HOURS, "most from 00:00: 7"),
        (ONE_PEAK, "·" * 14 + "█▄▁" + "·" * 7, "most from 14:00: 8"),
        ([0] * HOURS, "·" * HOURS, "no posts"),
    ],
)
def test_a_word_draws_each_hour_by_the_busiest(hours: list[int], bars: str, said: str) -> None:
    word = in_a_word(hours)
    assert f">{bars}<" in word
    assert f'aria-label="{said}"' in word


def test_a_table_has_a_row_an_hour_even_without_a_post() -> None:
    assert in_a_table(ONE_PEAK).count("<tr>") == HOURS
    assert '<th scope="row">14:00</th><td>8</td><td><meter value="8" max="8">' in in_a_table(ONE_PEAK)
    assert 'max="1"' in in_a_table([0] * HOURS)
