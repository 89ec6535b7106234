import random

import pytest

from streaming.count import MAX_SPELLINGS, Count, DamagedCountError, decode_count, encode_count
from tests.streaming.made_up_counts import hashes


def count(*additions: tuple) -> Count:
    counted = Count()
    for addition in additions:
        counted.add(*addition)
    return counted


def test_posts_are_counted_in_the_day_and_in_their_hour():
    counted = count((3, None, "", 2, None), (3, None, "", 1, None), (23, None, "", 4, None))
    assert counted.posts == 7
    assert counted.by_hour() == [0, 0, 0, 3, *[0] * 19, 4]


def test_counts_do_not_share_what_they_hold():
    count((3, 1, "Tea", 2, hashes(2)))
    assert Count() == Count(0, {}, b"", {}, {}, {})


def test_minutes_are_those_of_the_day():
    assert count((0, 0, "", 1, None), (12, 59, "", 2, None), (12, 59, "", 3, None)).minutes == {0: 1, 12 * 60 + 59: 5}


def test_authors_count_once_in_the_day_and_once_in_each_hour():
    counted = count((3, None, "", 9, hashes(4)), (3, None, "", 9, hashes(5)), (4, None, "", 9, hashes(2)))
    assert counted.authors_of_day() == 5
    assert (counted.authors_of_hour(3), counted.authors_of_hour(4), counted.authors_of_hour(5)) == (5, 2, 0)


def test_authors_are_unknown_where_nobody_tells_them():
    counted = count((3, None, "", 9, None))
    assert (counted.authors_of_day(), counted.authors_of_hour(3)) == (None, None)


def test_there_are_never_more_authors_than_posts():
    told = random.Random(1).randbytes(4 * 5_000)
    counted = count((3, None, "", 10, told), (4, None, "", 10, told))
    assert (counted.authors_of_day(), counted.authors_of_hour(3)) == (20, 10)


def test_the_preferred_spelling_is_shown():
    assert count((3, None, "tea", 2, None), (3, None, "TEA", 1, None), (4, None, "TEA", 3, None)).spelling() == "TEA"
    assert count((3, None, "", 2, None)).spelling() is None


def test_a_post_in_one_spelling_too_many_counts_and_the_known_spellings_go_on():
    counted = count(
        *[(3, None, f"s{number}", 1, None) for number in range(MAX_SPELLINGS + 9)], (3, None, "s1", 1, None)
    )
    assert counted.posts == MAX_SPELLINGS + 10
    assert len(counted.spellings) == MAX_SPELLINGS
    assert counted.spelling() == "s1"


def test_a_count_is_kept_as_it_is():
    counted = count((3, 1, "<b>Té", 2, hashes(200)), (23, 59, "té", 1, None))
    assert decode_count(encode_count(counted, b"place"), b"place") == counted
    assert decode_count(encode_count(Count(), b"place"), b"place") == Count()


def test_every_bit_of_a_kept_count_is_checked():
    kept = encode_count(count((3, 1, "Tea", 2, hashes(2))), b"place")
    for bit in range(8 * len(kept)):
        damaged = bytearray(kept)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DamagedCountError):
            decode_count(bytes(damaged), b"place")


@pytest.mark.parametrize("length", range(0, 20, 3))
def test_a_torn_count_is_noticed(length: int):
    with pytest.raises(DamagedCountError):
        decode_count(encode_count(count((3, 1, "Tea", 2, hashes(2))), b"place")[:length], b"place")


def test_a_count_of_another_place_is_noticed():
    with pytest.raises(DamagedCountError, match="does not fit its checksum"):
        decode_count(encode_count(count((3, 1, "Tea", 2, None)), b"place"), b"other")
