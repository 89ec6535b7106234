"""Tracked languages -> X's rules."""

from collector.sources.x_rules import Rule, changes, rules_for
from contract.language import LANGUAGES
from contract.x_rule import MAX_RULES, checked_terms, default_terms
from contract.x_terms import TERMS, X_LANGUAGES


def test_each_rule_is_valid_for_x():
    rules = rules_for(X_LANGUAGES, {})
    assert len(rules) == len(X_LANGUAGES) <= MAX_RULES
    for language, rule in zip(sorted(X_LANGUAGES), rules, strict=True):
        assert checked_terms(language, default_terms(language)) == default_terms(language)
        terms, _, qualifiers = rule.value.partition(") has:hashtags ")
        assert len(terms.removeprefix("(").split(" OR ")) >= 5
        assert "lang:" in qualifiers


def test_words_that_somebody_chose_take_the_place_of_ours():
    english, basque = rules_for(["en", "eu"], {"en": ("tea",), "eu": ("egun on", "#gaur")})
    assert english.value == "(tea) has:hashtags lang:en"
    assert basque.value == '("egun on" OR #gaur) has:hashtags lang:eu'
    assert len(rules_for(None, {"eu": ("gaur",)})) == len(TERMS) + 1


def test_every_language_means_those_with_words_of_their_own():
    assert {rule.tag for rule in rules_for(None, {})} == {f"trendsite:{language}" for language in TERMS}
    assert len(TERMS) >= 30
    assert TERMS.keys() <= X_LANGUAGES <= LANGUAGES


def test_what_x_cannot_tell_apart_has_no_rule():
    assert rules_for(["eo", "und"], {}) == []
    assert rules_for([], {}) == []


def test_chinese_is_asked_for_in_both_scripts():
    assert rules_for(["zh"], {})[0].value.endswith("(lang:zh-CN OR lang:zh-TW)")


def test_only_the_difference_is_changed_and_rules_of_others_stay():
    wanted = rules_for(["en", "ja"], {})
    foreign = Rule("cats", "mine")
    outdated = Rule("(old) lang:fr", "trendsite:fr")
    found = changes(wanted, [("1", wanted[0]), ("2", foreign), ("3", outdated), ("4", wanted[0])])
    assert found.add == [wanted[1]]
    assert found.delete == ["3", "4"]
    assert changes(wanted, list(zip("ab", wanted, strict=True))).add == []
