"""Tracked languages -> X's rules."""

from io import BytesIO

import pytest
import requests
from urllib3 import HTTPResponse

from collector.sources.x.client import Rule, RuleChanges, XClient
from collector.sources.x.failures import XError
from collector.sources.x.rules import RuleUpdater, rule_changes, rules_for, within_limit
from contract.language import LANGUAGES
from contract.x_rule import MAX_RULES, TERMS, X_LANGUAGES, checked_terms, default_terms


def test_each_rule_is_valid_for_x():
    rules = rules_for(X_LANGUAGES, {})
    assert len(rules) == len(X_LANGUAGES) <= MAX_RULES
    for language, rule in zip(sorted(X_LANGUAGES), rules, strict=True):
        assert checked_terms(language, default_terms(language)) == default_terms(language)
        terms, _, qualifiers = rule.value.partition(") has:hashtags ")
        assert len(terms.removeprefix("(").split(" OR ")) >= 5
        assert "lang:" in qualifiers


def test_chosen_words_replace_ours():
    english, basque = rules_for(["en", "eu"], {"en": ("tea",), "eu": ("egun on", "#gaur")})
    assert english.value == "(tea) has:hashtags lang:en"
    assert basque.value == '("egun on" OR #gaur) has:hashtags lang:eu'
    assert len(rules_for(None, {"eu": ("gaur",)})) == len(TERMS) + 1


def test_every_language_means_those_with_their_own_words():
    assert {rule.tag for rule in rules_for(None, {})} == {f"trendsite:{language}" for language in TERMS}
    assert len(TERMS) >= 30
    assert TERMS.keys() <= X_LANGUAGES <= LANGUAGES


def test_languages_that_x_cannot_detect_have_no_rule():
    assert rules_for(["eo", "und"], {}) == []
    assert rules_for([], {}) == []


def test_the_rule_for_chinese_has_both_scripts():
    assert rules_for(["zh"], {})[0].value.endswith("(lang:zh-CN OR lang:zh-TW)")


def test_only_the_difference_is_changed_and_rules_of_others_stay():
    wanted = rules_for(["en", "ja"], {})
    foreign = Rule("cats", "mine")
    outdated = Rule("(old) lang:fr", "trendsite:fr")
    found = rule_changes(wanted, [("1", wanted[0]), ("2", foreign), ("3", outdated), ("4", wanted[0])])
    assert found.add == [wanted[1]]
    assert found.delete == ["3", "4"]
    assert rule_changes(wanted, list(zip("ab", wanted, strict=True))).add == []


def test_several_rules_of_a_language_have_distinct_tags_and_come_after_the_first_of_each():
    many = tuple(f"word{number}" for number in range(300))
    rules = rules_for(["en", "ja"], {"en": many}, {"ja": ("JP",)})
    assert [rule.tag for rule in rules] == [
        "trendsite:en",
        "trendsite:ja",
        "trendsite:en:2",
        "trendsite:en:3",
        "trendsite:en:4",
    ]
    assert rules[1].value.endswith("lang:ja place_country:JP")


def test_a_rule_that_others_have_already_is_not_added_as_x_would_refuse_it():
    wanted = rules_for(["en", "ja"], {})
    theirs = Rule(wanted[0].value, "of someone else")
    assert rule_changes(wanted, [("1", theirs)]) == RuleChanges([wanted[1]], [])


def test_a_value_that_moves_to_another_tag_of_ours_is_left_as_it_is():
    (wanted,) = rules_for(["en"], {})
    assert rule_changes([wanted], [("1", Rule(wanted.value, "trendsite:en:2"))]) == RuleChanges([], [])


def test_rules_of_others_count_against_the_limit_and_the_last_rules_of_ours_are_left_out():
    many = {"en": tuple(f"word{number}" for number in range(300))}
    wanted = rules_for(["en", "ja"], many)
    others = [(str(number), Rule(f"cats{number}", "")) for number in range(997)]
    assert [rule.tag for rule in within_limit(wanted, others)] == ["trendsite:en", "trendsite:ja", "trendsite:en:2"]


class _Account:
    """X's rules in memory, with its limit."""

    def __init__(self, rules: list[Rule]) -> None:
        self.present = {str(number): rule for number, rule in enumerate(rules)}
        self.least = len(rules)

    def rules(self) -> list[tuple[str, Rule]]:
        return list(self.present.items())

    def change_rules(self, changes: RuleChanges) -> list[str]:
        for rule in changes.add:
            assert len(self.present) < MAX_RULES
            self.present[f"new{len(self.present)}{rule.tag}"] = rule
        for rule_id in changes.delete:
            del self.present[rule_id]
        self.least = min(self.least, len(self.present))
        return []


def test_an_account_that_is_full_gives_up_only_as_many_old_rules_as_new_ones_need():
    others = [Rule(f"cats{number}", "") for number in range(MAX_RULES - 3)]
    account = _Account([*others, *(Rule(f"old{number}", f"trendsite:en:{number}") for number in range(3))])
    updater = RuleUpdater(account, lambda: [])
    many = {"en": tuple(f"word{number}" for number in range(300))}
    updater.apply(rules_for(["en"], many))
    assert account.least == MAX_RULES - 3
    ours = {rule.tag for rule in account.present.values()} - {""}
    assert ours == {"trendsite:en", "trendsite:en:2", "trendsite:en:3"}
    assert "leave room for 3 of our 4 rules" in updater.problem
    assert not updater.is_refused


@pytest.mark.parametrize("rule", [b"5", b"{}", b'{"id":"1"}', b"null"])
def test_a_malformed_response_is_one_error_of_x(monkeypatch, rule):
    client = XClient("token", "http://127.0.0.1:1")
    response = requests.Response()
    response.raw = HTTPResponse(BytesIO(b'{"data":[' + rule + b"]}"), preload_content=False)
    monkeypatch.setattr(client, "get_rules", lambda: response)
    with pytest.raises(XError, match="not of its shape"):
        client.rules()
