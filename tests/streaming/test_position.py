import pytest

from streaming.position import DamagedPositionError, offset_of, position


def test_an_offset_comes_back_from_its_position():
    for offset in (0, 7, 2**50):
        assert offset_of(position(offset)) == offset


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("place", range(9))
def test_one_wrong_digit_is_noticed(place: int, digit: int):
    written = position(314_159_265)
    digits = list(str(written["offset"]))
    if digits[place] == str(digit):
        return
    digits[place] = str(digit)
    with pytest.raises(DamagedPositionError, match="is damaged"):
        offset_of({**written, "offset": int("".join(digits))})


@pytest.mark.parametrize("written", [{}, {"offset": 5}, {"offset": "5", "crc": 1}, {"crc": 5}, position(5) | {"x": 1}])
def test_what_nobody_wrote_so_is_noticed(written: dict):
    with pytest.raises(DamagedPositionError):
        offset_of(written)
