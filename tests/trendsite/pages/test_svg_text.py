"""Texts of drawings: how wide they are, and in which direction they run."""

import pytest

from trendsite.pages.svg_text import ems, fitted, isolated


@pytest.mark.parametrize(
    "name", ["#" + "w" * 100, "#" + "日" * 100, "#" + "ا" * 100, "#" + "W" * 100, "#" + "e\u0301" * 99]
)
def test_a_name_that_is_too_wide_is_cut_to_its_room_and_says_so(name: str) -> None:
    cut = fitted(name, 11)
    assert cut.endswith("…")
    assert 9 < ems(cut) <= 11
    assert name.startswith(cut[:-1])


def test_a_name_with_enough_room_stays_whole() -> None:
    assert fitted("#ManchesterFilm", 11) == "#ManchesterFilm"
    assert fitted("", 11) == ""


def test_a_text_keeps_its_direction_beside_others() -> None:
    assert isolated("29 نوفمبر") == "\u206829 نوفمبر\u2069"
