"""What X allows in a rule."""

import pytest

from contract.x_rule import MAX_RULE_CHARACTERS, XRuleError, checked_terms, rule_characters, rule_value

LONGEST = MAX_RULE_CHARACTERS - len("() has:hashtags lang:en")


def test_words_are_kept_composed_trimmed_and_once():
    given = [" tea ", "TEA", "cafe\u0301", '"good  morning"', "", "#gaur"]
    assert checked_terms("en", given) == ("tea", "café", "good morning", "#gaur")


@pytest.mark.parametrize(
    ("terms", "value"),
    [
        (["tea"], "(tea) has:hashtags lang:en"),
        (["tea", "good morning", "rock'n'roll"], '(tea OR "good morning" OR "rock\'n\'roll") has:hashtags lang:en'),
        (["می‌خواهم", "आज", "😂"], "(می‌خواهم OR आज OR 😂) has:hashtags lang:en"),
    ],
)
def test_what_is_more_than_a_word_is_quoted(terms, value):
    assert rule_value("en", checked_terms("en", terms)) == value


@pytest.mark.parametrize(
    "term",
    [
        "lang:de",
        "-tea",
        "(tea",
        "tea)",
        'a"b',
        "from:me",
        "a OR (b",
        "OR",
        "#a b",
        "#",
        "sample:1\n",
        "a\x00b",
        "!!",
        "\u202etea",
    ],
)
def test_what_means_something_else_to_x_is_refused(term):
    with pytest.raises(XRuleError):
        checked_terms("en", ["tea", term])


def test_a_rule_without_words_is_refused():
    with pytest.raises(XRuleError, match="At least one word"):
        checked_terms("en", [" ", ""])


def test_a_language_that_x_cannot_tell_has_no_rule():
    with pytest.raises(XRuleError, match="eo"):
        checked_terms("eo", ["teo"])


def test_the_longest_rule_passes_and_one_character_more_is_refused_with_the_figures():
    checked_terms("en", ["x" * LONGEST])
    with pytest.raises(XRuleError, match="1,025 characters, X allows 1,024"):
        checked_terms("en", ["x" * (LONGEST + 1)])


def test_an_emoji_has_two_characters():
    assert rule_characters("😂a") == 3
