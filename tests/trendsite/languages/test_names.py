"""The names of languages."""

from contract.language import ALL_LANGUAGES, LANGUAGES
from trendsite.languages.names import english_name, own_name


def test_every_language_of_the_contract_has_a_name_in_english():
    assert [code for code in LANGUAGES if english_name(code) == code] == []


def test_a_language_has_its_own_name():
    assert [own_name(code) for code in ("de", "es", "zh", "und", ALL_LANGUAGES)] == [
        "Deutsch",
        "Español",
        "中文",
        "Unknown language",
        "All languages",
    ]


def test_an_unknown_code_is_shown_as_it_is():
    assert (own_name("qqq"), english_name("qqq")) == ("qqq", "qqq")
