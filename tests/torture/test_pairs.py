"""The comparison of the hashtags used together: it names what is outside its bounds."""

from collections import Counter

from contract.pairs import Partner, Partners
from tests.torture.pairs import wrong_pairs_of_day


def test_numbers_within_their_bounds_are_right() -> None:
    expected = Counter({("tea", "milk"): 3, ("milk", "tea"): 3, ("tea", "sugar"): 1, ("sugar", "tea"): 1})
    found = {
        "tea": Partners(1, [Partner("milk", 3, 3)]),
        "milk": Partners(0, [Partner("tea", 3, 3)]),
        "sugar": Partners(0, [Partner("tea", 1, 1)]),
    }
    assert list(wrong_pairs_of_day("closed", expected, found)) == []


def test_a_wrong_number_a_loose_bound_and_a_missing_hashtag_are_told() -> None:
    expected = Counter({("tea", "milk"): 3, ("milk", "tea"): 3, ("tea", "sugar"): 1, ("sugar", "tea"): 1})
    found = {"tea": Partners(0, [Partner("milk", 2, 2)]), "milk": Partners(0, [Partner("tea", 2, 3)])}
    assert list(wrong_pairs_of_day("closed", expected, found)) == [
        "closed, pairs: expected 3 hashtags with partners, found 2",
        "closed, #milk with #tea: expected 3, found 2 to 3",
        "closed, #tea with #milk: expected 3, found 2 to 2",
        "closed, #tea: a partner that is not listed has 1 posts, expected at most 0",
    ]
