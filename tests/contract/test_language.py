import pytest

from contract.language import LANGUAGES, UNKNOWN_LANGUAGE, normalise_language


@pytest.mark.parametrize(
    ("code", "language"),
    [("en", "en"), ("zh-CN", "zh"), ("pt_BR", "pt"), ("iw", "he"), ("in", "id"), ("EN", "en"), ("ckb", "ckb")],
)
def test_a_networks_code_becomes_a_primary_subtag(code, language):
    assert normalise_language(code) == language


@pytest.mark.parametrize("code", [None, "", "und", "qme", "zxx", "xx", "<b>", "e" * 1000])
def test_what_nobody_knows_is_und(code):
    assert normalise_language(code) == UNKNOWN_LANGUAGE


def test_languages_are_bounded():
    assert 150 < len(LANGUAGES) < 250
