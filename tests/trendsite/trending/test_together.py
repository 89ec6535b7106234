"""Which hashtags always occur together, from their counts of hours."""

import pytest

from trendsite.trending.together import groups, is_together, may_be_together


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ([40, 90, 150], [40, 90, 150], True),
        ([40, 90, 150], [41, 89, 154], True),
        ([40, 90, 150], [40, 90, 170], False),
        ([0, 90, 150], [9, 90, 150], False),
        ([0, 40], [0, 40], False),
        ([1, 2, 3], [1, 2, 3], False),
        ([0, 0], [0, 0], False),
    ],
    ids=["equal", "nearly equal", "one hour apart", "one earlier", "one hour alone", "too few", "never used"],
)
def test_hashtags_are_together_if_all_hours_are_nearly_equal_and_not_by_chance(one, other, together):
    assert is_together(one, other) is together
    assert is_together(other, one) is together


def test_each_hashtag_is_in_one_group_behind_the_first_of_it():
    hours = {"a": [90, 150], "b": [20, 150], "c": [90, 151], "d": [20, 150], "e": [91, 150]}
    assert groups(["a", "b", "c", "d", "e", "unknown"], hours) == [["a", "c", "e"], ["b", "d"], ["unknown"]]


def test_hours_are_read_only_of_nearly_equal_counts():
    assert may_be_together(150, 152)
    assert not may_be_together(150, 170)
