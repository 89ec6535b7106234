"""Which rising hashtags are used together, from the posts that have both."""

import pytest

from contract.pairs import Partner, Partners
from trendsite.trending.together import groups, is_together


def partners(**of: dict[str, int]) -> dict[str, Partners]:
    return {
        one: Partners(0, [Partner(other, posts, posts) for other, posts in others.items()])
        for one, others in of.items()
    }


@pytest.mark.parametrize(
    ("one", "other", "both", "together"),
    [
        (100, 100, 51, True),
        (100, 100, 50, False),
        (1_000, 100, 100, False),
        (150, 100, 90, True),
        (2, 2, 2, False),
    ],
    ids=["more than half", "half", "one of many topics", "a larger one", "too few"],
)
def test_hashtags_are_together_if_more_than_half_of_the_posts_of_each_have_both(one, other, both, together):
    posts = {"a": one, "b": other}
    for listed in (partners(a={"b": both}), partners(b={"a": both}), partners(a={"b": both}, b={"a": both})):
        assert is_together("a", "b", posts, listed) is together
        assert is_together("b", "a", posts, listed) is together


def test_a_campaign_of_six_hashtags_is_one_group_behind_the_first_of_it():
    campaign = ["a", "b", "c", "d", "e", "f"]
    posts = dict.fromkeys(campaign, 100) | {"other": 90, "unknown": 5}
    listed = partners(**{one: {other: 80 for other in campaign if other != one} for one in campaign})
    listed |= partners(other={"a": 20})
    assert groups(["b", "other", *[key for key in campaign if key != "b"], "unknown"], posts, listed) == [
        ["b", "a", "c", "d", "e", "f"],
        ["other"],
        ["unknown"],
    ]
