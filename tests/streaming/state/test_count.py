import random

import pytest

from streaming.state.count import (
    MAX_SPELLINGS,
    Count,
    decode_count,
    encode_count,
    inner_capitals,
    preference,
)
from streaming.state.errors import DamagedCountError
from tests.streaming.fake_counts import hashes


def count(*deltas: tuple) -> Count:
    counted = Count()
    for delta in deltas:
        counted.add(*delta)
    return counted


def test_posts_are_counted_in_the_day_and_in_their_hour():
    counted = count((3, None, "", 2, None), (3, None, "", 1, None), (23, None, "", 4, None))
    assert counted.posts == 7
    assert counted.by_hour() == [0, 0, 0, 3, *[0] * 19, 4]


def test_counts_do_not_share_their_fields():
    count((3, 1, "Tea", 2, hashes(2)))
    assert Count() == Count(0, {}, b"", {}, {}, {})


def test_minutes_are_minutes_of_the_day():
    assert count((0, 0, "", 1, None), (12, 59, "", 2, None), (12, 59, "", 3, None)).minutes == {0: 1, 12 * 60 + 59: 5}


def test_authors_count_once_in_the_day_and_once_in_each_hour():
    counted = count((3, None, "", 9, hashes(4)), (3, None, "", 9, hashes(5)), (4, None, "", 9, hashes(2)))
    assert counted.authors_of_day() == 5
    assert (counted.authors_of_hour(3), counted.authors_of_hour(4), counted.authors_of_hour(5)) == (5, 2, 0)


def test_authors_are_unknown_if_no_post_has_one():
    counted = count((3, None, "", 9, None))
    assert (counted.authors_of_day(), counted.authors_of_hour(3)) == (None, None)


def test_there_are_never_more_authors_than_posts():
    many = random.Random(1).randbytes(4 * 5_000)
    counted = count((3, None, "", 10, many), (4, None, "", 10, many))
    assert (counted.authors_of_day(), counted.authors_of_hour(3)) == (20, 10)


def test_the_preferred_spelling_is_shown():
    assert count((3, None, "tea", 2, None), (3, None, "TEA", 1, None), (4, None, "TEA", 3, None)).spelling() == "TEA"
    assert count((3, None, "", 2, None)).spelling() is None


def test_a_post_with_one_spelling_too_many_counts_and_known_spellings_continue():
    counted = count(
        *[(3, None, f"s{number}", 1, None) for number in range(MAX_SPELLINGS + 9)], (3, None, "s1", 1, None)
    )
    assert counted.posts == MAX_SPELLINGS + 10
    assert len(counted.spellings) == MAX_SPELLINGS
    assert counted.spelling() == "s1"


def test_a_count_is_decoded_as_it_was_encoded():
    counted = count((3, 1, "<b>Té", 2, hashes(200)), (23, 59, "té", 1, None))
    assert decode_count(encode_count(counted, b"place"), b"place") == counted
    assert decode_count(encode_count(Count(), b"place"), b"place") == Count()


def test_every_bit_of_a_stored_count_is_checked():
    stored = encode_count(count((3, 1, "Tea", 2, hashes(2))), b"place")
    for bit in range(8 * len(stored)):
        damaged = bytearray(stored)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DamagedCountError):
            decode_count(bytes(damaged), b"place")


@pytest.mark.parametrize("length", range(0, 20, 3))
def test_a_torn_count_is_an_error(length: int):
    with pytest.raises(DamagedCountError):
        decode_count(encode_count(count((3, 1, "Tea", 2, hashes(2))), b"place")[:length], b"place")


def test_a_count_of_another_place_is_an_error():
    with pytest.raises(DamagedCountError, match="does not match its checksum"):
        decode_count(encode_count(count((3, 1, "Tea", 2, None)), b"place"), b"other")


def shown(**posts: int) -> str:
    return max(posts, key=lambda spelling: preference(spelling, posts[spelling]))


def test_inner_capitals_are_capitals_after_a_small_letter():
    assert inner_capitals("WorldCup") == 1
    assert inner_capitals("ÉcoleÉté") == 1
    assert inner_capitals("WORLDCUP") == inner_capitals("worldcup") == 0


def test_the_most_used_spelling_is_shown():
    assert shown(worldcup=3, WorldCup=2) == "worldcup"


def test_of_equally_used_spellings_the_one_with_inner_capitals_is_shown():
    assert shown(worldcup=2, WorldCup=2, WORLDCUP=2) == "WorldCup"


def test_of_equal_spellings_always_the_same_one_is_shown():
    assert shown(worldcup=2, WORLDCUP=2) == shown(WORLDCUP=2, worldcup=2) == "worldcup"
