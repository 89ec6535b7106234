import pytest

from contract import language as language_module
from contract.language import LANGUAGES, UNKNOWN_LANGUAGE, normalise_language


@pytest.mark.parametrize(
    ("code", "language"),
    [
        *[("en", "en"), ("zh-CN", "zh"), ("pt_BR", "pt"), ("iw", "he"), ("in", "id"), ("EN", "en"), ("ckb", "ckb")],
        *[("jpn", "ja"), ("JPN", "ja"), ("jpn-JP", "ja"), ("fra", "fr"), ("fre", "fr"), ("deu", "de"), ("ger", "de")],
        *[
            ("zho", "zh"),
            ("chi", "zh"),
            ("cmn-Hans-CN", "zh"),
            ("zh-yue", "zh"),
            ("yue", "yue"),
            ("nld", "nl"),
            ("dut", "nl"),
        ],
        *[("per", "fa"), ("fas", "fa"), ("pes", "fa"), ("cze", "cs"), ("wel", "cy"), ("baq", "eu"), ("rum", "ro")],
        *[
            ("ji", "yi"),
            ("jw", "jv"),
            ("mo", "ro"),
            ("sh", "sr"),
            ("nb", "no"),
            ("nob", "no"),
            ("nno", "nn"),
            ("fil", "tl"),
        ],
        *[
            ("tgl", "tl"),
            ("ind", "id"),
            ("heb", "he"),
            ("arb", "ar"),
            (" en ", "en"),
            ("en_US.UTF-8", "en"),
            ("zh_Hant_TW", "zh"),
        ],
    ],
)
def test_a_networks_code_becomes_a_primary_subtag(code, language):
    assert normalise_language(code) == language


@pytest.mark.parametrize(
    "code", [None, "", " ", "-", "und", "qme", "zxx", "mul", "mis", "i-klingon", "xx", "<b>", "e" * 1000]
)
def test_an_unknown_code_is_und(code):
    assert normalise_language(code) == UNKNOWN_LANGUAGE


def test_languages_are_bounded():
    assert 150 < len(LANGUAGES) < 250


@pytest.mark.parametrize("code", [5, 1.5, True, {}, [], [None, 5, ["en"]], b"en"])
def test_a_value_that_is_not_text_is_und(code):
    assert normalise_language(code) == UNKNOWN_LANGUAGE


@pytest.mark.parametrize(
    ("codes", "language"), [(["en-US", "ja"], "en"), (["xx", "und", "jpn", "en"], "ja"), (["zxx", None, "iw"], "he")]
)
def test_of_several_languages_the_first_known_counts(codes, language):
    assert normalise_language(codes) == language


def test_every_two_letter_language_has_its_three_letter_code():
    aliases = set(language_module._THREE_LETTERS.split())
    named = {alias.split("=")[1] for alias in aliases}
    assert {language for language in LANGUAGES if len(language) == 2} - named == set()
    assert all(normalise_language(alias.split("=")[0]) in LANGUAGES - {UNKNOWN_LANGUAGE} for alias in aliases)
