"""What X allows in a rule."""

import pytest

from contract.x_rule import (
    COUNTRIES,
    MAX_COUNTRIES,
    MAX_LANGUAGE_RULES,
    MAX_RULE_CHARACTERS,
    MAX_RULES,
    MAX_WORDS,
    X_LANGUAGES,
    XRuleError,
    checked_countries,
    checked_terms,
    rule_characters,
    rule_values,
)

LONGEST = MAX_RULE_CHARACTERS - len("() has:hashtags lang:en")


def test_words_are_saved_composed_trimmed_and_once():
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
def test_phrases_are_quoted(terms, value):
    assert rule_values("en", checked_terms("en", terms)) == (value,)


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
def test_operators_of_x_are_refused(term):
    with pytest.raises(XRuleError):
        checked_terms("en", ["tea", term])


def test_a_rule_without_words_is_refused():
    with pytest.raises(XRuleError, match="At least one word"):
        checked_terms("en", [" ", ""])


def test_a_language_that_x_cannot_detect_has_no_rule():
    with pytest.raises(XRuleError, match="eo"):
        checked_terms("eo", ["teo"])


def test_the_longest_rule_passes_and_one_character_more_is_refused_with_the_figures():
    checked_terms("en", ["x" * LONGEST])
    with pytest.raises(XRuleError, match="1,025 characters, X allows 1,024"):
        checked_terms("en", ["x" * (LONGEST + 1)])


def test_an_emoji_has_two_characters():
    assert rule_characters("😂a") == 3


def test_words_that_do_not_fit_one_rule_take_as_few_as_possible_in_order():
    words = [f"word{number}" for number in range(300)]
    rules = rule_values("en", words)
    assert len(rules) == 4
    assert all(rule_characters(rule) <= MAX_RULE_CHARACTERS for rule in rules)
    assert all(rule_characters(rule) > MAX_RULE_CHARACTERS - 12 for rule in rules[:-1])
    found = [rule.removeprefix("(").removesuffix(") has:hashtags lang:en").split(" OR ") for rule in rules]
    assert [word for words in found for word in words] == words


def test_a_language_has_a_bounded_number_of_rules_and_words():
    longest = ["x" * (LONGEST - 5) + f"{number:05}" for number in range(MAX_LANGUAGE_RULES + 1)]
    checked_terms("en", longest[:-1])
    with pytest.raises(XRuleError, match="take 15 rules, a language may have 14"):
        checked_terms("en", longest)
    with pytest.raises(XRuleError, match="1,001 words are too many"):
        checked_terms("en", map(str, range(MAX_WORDS + 1)))
    assert MAX_LANGUAGE_RULES * len(X_LANGUAGES) <= MAX_RULES


def test_countries_restrict_every_rule():
    (rule,) = rule_values("zh", ["tea"], ["TW"])
    assert rule == "(tea) has:hashtags (lang:zh-CN OR lang:zh-TW) place_country:TW"
    rules = rule_values("en", [f"word{number}" for number in range(300)], ["GB", "US"])
    assert all(rule.endswith(" has:hashtags lang:en (place_country:GB OR place_country:US)") for rule in rules)
    assert all(rule_characters(rule) <= MAX_RULE_CHARACTERS for rule in rules)


def test_countries_are_codes_of_iso_3166():
    assert checked_countries([" us", "GB", "us", ""]) == ("GB", "US")
    for unknown in ("UK", "XX", "USA", "ＵＳ", "U S", "lang:de"):
        with pytest.raises(XRuleError, match="is not a country"):
            checked_countries([unknown])
    with pytest.raises(XRuleError, match="at most 20"):
        checked_countries(sorted(COUNTRIES)[: MAX_COUNTRIES + 1])
    assert len(COUNTRIES) == 249
