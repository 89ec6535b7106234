"""Hidden hashtags, by the rules alone."""

import random
import re
from datetime import timedelta

import pytest

from tests.trendsite.stage import NOW
from trendsite.queries.hiding import CurrentHiding, Hiding, HidingRule, in_force, matches


def exact(key, language="*", until=None):
    return HidingRule(key, False, language, until)


def pattern(key, language="*"):
    return HidingRule(key, True, language, None)


@pytest.mark.parametrize(
    ("key", "like", "expected"),
    [
        ("buynow", "buy*", True),
        ("buy", "buy*", True),
        ("ibuy", "buy*", False),
        ("buynow", "*now", True),
        ("now", "*now", True),
        ("nowhere", "*now", False),
        ("aba", "ab*ba", False),
        ("abba", "ab*ba", True),
        ("spamofspam", "*of*", True),
        ("abcabc", "a*c*c", True),
        ("abcab", "a*c*c", False),
        ("a.c", "a.c", True),
        ("abc", "a.c", False),
        ("東京タワー", "東京*", True),
    ],
)
def test_a_star_stands_for_any_characters_and_nothing_else_is_special(key, like, expected):
    assert matches(key, like) is expected


def test_patterns_match_like_the_equivalent_regular_expression():
    numbers = random.Random(7)
    for _ in range(5_000):
        key = "".join(numbers.choices("ab", k=numbers.randint(0, 8)))
        like = "".join(numbers.choices("ab*", k=numbers.randint(1, 6)))
        expected = re.fullmatch(".*".join(map(re.escape, like.split("*"))), key) is not None
        assert matches(key, like) is expected, (key, like)


def test_an_exact_rule_hides_its_hashtag_only_even_one_with_a_star():
    hiding = Hiding([exact("cats"), exact("a*")])
    assert [key for key in ("cats", "cat", "catsup", "a*", "ab") if hiding.is_hidden(key, "en", NOW)] == ["cats", "a*"]


def test_a_rule_for_one_language_applies_to_its_ranking_and_not_to_that_of_all():
    hiding = Hiding([exact("gift", "de")])
    assert hiding.is_hidden("gift", "de", NOW)
    assert not hiding.is_hidden("gift", "en", NOW)
    assert not hiding.is_hidden("gift", "*", NOW)


def test_a_rule_for_all_languages_applies_to_each():
    hiding = Hiding([pattern("buy*")])
    assert all(hiding.is_hidden("buynow", language, NOW) for language in ("*", "en", "fo"))


def test_a_hashtag_hidden_in_one_of_several_languages_is_hidden_in_their_sum():
    hiding = Hiding([exact("gift", "de")])
    hides = hiding.among(("de", "en"), NOW)
    assert hides
    assert (hides("gift"), hides("cats")) == (True, False)
    assert hiding.among(("en", "fr"), NOW) is None
    assert hiding.among(("*",), NOW) is None


def test_a_rule_ends_by_itself_at_its_moment():
    hiding = Hiding([exact("cats", until=NOW)])
    assert hiding.is_hidden("cats", "en", NOW - timedelta(seconds=1))
    assert not hiding.is_hidden("cats", "en", NOW)
    assert in_force([exact("cats", until=NOW)], NOW).rules == frozenset()


def test_listeners_are_called_for_changes_only():
    hidden, seen = CurrentHiding(), []
    with hidden.on_change(lambda: seen.append(hidden.hiding.is_hidden("cats", "*", NOW))):
        hidden.replace(Hiding())
        hidden.replace(Hiding([exact("cats")]))
        hidden.replace(Hiding([exact("cats")]))
        hidden.replace(Hiding())
    hidden.replace(Hiding([exact("cats")]))
    assert seen == [True, False]


@pytest.mark.parametrize("rule", ["istanbul", "i\u0307stanbul", "is\u00adtanbul"])
@pytest.mark.parametrize("counted", ["istanbul", "i\u0307stanbul", "istan\u200bbul"])
def test_rules_match_counts_of_the_earlier_folding_rule(rule, counted):
    assert Hiding([exact(rule)]).is_hidden(counted, "en", NOW)
    assert Hiding([pattern(f"{rule[:4]}*bul")]).is_hidden(counted, "en", NOW)
