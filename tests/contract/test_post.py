"""The rule for hashtags: the key of each spelling, the spelling to show, and texts that are not hashtags."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.post import fold, is_usable, shown

INVISIBLE = [
    *"\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u180b\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2064",
    *"\u2066\u2069\u206a\u2800\u3164\ufe00\ufe0e\ufe0f\ufeff\uffa0\ufff9\ufffc",
    *"\U0001bca0\U0001d173\U000e0001\U000e0061\U000e007f\U000e0100\U000e01ef",
]
BIDI_CONTROLS_AND_FILLERS = "\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u115f\u1160\u180e\u2800\u3164\uffa0"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("#WorldCup", "worldcup"),
        ("＃ＷｏｒｌｄＣｕｐ", "worldcup"),
        ("﹟﹟tea", "tea"),
        (" # tea ", "tea"),
        ("\ufeff#tea", "tea"),
        ("\u3000tea\u00a0", "tea"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("STRAẞE", "strasse"),
        ("Café", "café"),
        ("cafe\u0301", "café"),
        ("cafe\u200d\u0301", "café"),
        ("ﬁfa", "fifa"),
        ("ΟΔΟΣ", "οδοσ"),
    ],
)
def test_a_hashtag_counts_under_one_key_however_it_is_written(written, key):
    assert fold(written) == key


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_invisible_characters_change_no_key(invisible):
    for written in (f"so{invisible}ft", f"{invisible}soft", f"soft{invisible}", f"{invisible}#so{invisible * 3}ft"):
        assert (fold(written), fold(shown(written))) == ("soft", "soft")


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_invisible_characters_alone_are_not_a_hashtag(invisible):
    assert not is_usable(fold(invisible))
    assert not is_usable(fold(f"#{invisible * 5}"))


def test_accents_stay():
    assert fold("café") != fold("cafe")


@pytest.mark.parametrize("istanbul", ["İstanbul", "istanbul", "ISTANBUL", "i\u0307stanbul", "I\u0307STANBUL"])
def test_the_dotted_i_is_an_i(istanbul):
    assert fold(istanbul) == "istanbul"


def test_the_dotless_i_is_another_letter():
    assert fold("ısparta") == "ısparta"


@pytest.mark.parametrize(
    "water",
    ["น้ำ", "น\u0e49\u0e4d\u0e32", "น\u0e4d\u0e49\u0e32", "น\u0e33\u0e49", "น\u0e4d\u0e32\u0e49", "น\u200b\u0e49\u0e33"],
)
def test_thai_am_is_one_character_however_it_was_typed(water):
    assert fold(water) == "น\u0e49\u0e33"


def test_the_vowel_am_is_shown_whole():
    assert [shown(water) for water in ("น\u0e4d\u0e49\u0e32", "น้ำ", "ນ\u0ecd\u0ec9\u0eb2")] == [
        "น\u0e49\u0e33",
        "น้ำ",
        "ນ\u0ec9\u0eb3",
    ]


@pytest.mark.parametrize("water", ["ນ້ຳ", "ນ\u0ec9\u0ecd\u0eb2", "ນ\u0ecd\u0ec9\u0eb2", "ນ\u0eb3\u0ec9"])
def test_lao_am_is_one_character_however_it_was_typed(water):
    assert fold(water) == "ນ\u0ec9\u0eb3"


@pytest.mark.parametrize("whole", ["\ufdfa", "\ufdfb", "حديث\ufdfa", "l´amour", "が゛"])
def test_a_character_of_several_words_stays_as_it_is(whole):
    assert (fold(whole), is_usable(fold(whole))) == (whole, True)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("❤\ufe0f", "❤"),
        ("❤\ufe0e", "❤"),
        ("❤\ufe0f\u200d🔥", "❤\u200d🔥"),
        ("❤\u200d🔥", "❤\u200d🔥"),
        ("❤\ufe0f\u200d\u200d\u00ad🔥", "❤\u200d🔥"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("🏳\ufe0f\u200d⚧\ufe0f", "🏳\u200d⚧"),
        ("🙂\u200d↔\ufe0f", "🙂\u200d↔"),
        ("👨\u200d👩\u200d👧\u200d👦", "👨\u200d👩\u200d👧\u200d👦"),
        ("👩\u200d", "👩"),
        ("👩\u200da", "👩a"),
        ("a\u200d👩", "a👩"),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", None),
        ("🏴\U000e0067\U000e0062", "🏴"),
        ("👩\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "👩"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("🩷", "🩷"),
        ("🇹🇷", "🇹🇷"),
    ],
)
def test_the_parts_of_an_emoji_stay(written, key):
    assert fold(written) == (key or written)
    assert is_usable(fold(written))


@pytest.mark.parametrize(
    ("persian", "key"),
    [("می\u200cخواهم", "میخواهم"), ("ශ්\u200dරී", "ශ්රී"), ("كـــرة", "كرة"), ("\ufe71كرة", "\u064bكرة")],
)
def test_joiners_between_letters_and_tatweel_are_not_in_the_key_but_in_the_spelling(persian, key):
    assert (fold(persian), shown(persian)) == (key, persian)


@pytest.mark.parametrize("kept", ["so\u00adft", "\ufefftag", "❤\ufe0f", "می\u200cخواهم", "كـرة", "<script>", "=1+1"])
def test_a_spelling_is_as_written(kept):
    assert shown(kept) == kept


@pytest.mark.parametrize("lost", BIDI_CONTROLS_AND_FILLERS)
def test_a_spelling_has_no_bidi_controls_and_no_fillers(lost):
    assert shown(f"#{lost}So{lost}Ft{lost}") == "SoFt"


@pytest.mark.parametrize("written", ["#\u00ad#Tea", "\uff03\ufe0f # \U000e0062\ufe5fTea", "\ufeff##\u200d#\u3000Tea"])
def test_a_spelling_begins_after_its_last_number_sign(written):
    assert shown(written) == "Tea"


def test_a_spelling_that_is_too_long_because_of_invisible_characters_is_the_key():
    assert shown("Tea" + 98 * "\u200b") == "tea"


@pytest.mark.parametrize(
    "usable", ["x" * 100, "#" + "x" * 100, "x" * 60 + "\u200b" * 60, "e\u0301" * 100, "_", "$a", "٪"]
)
def test_the_limit_applies_to_the_length_of_the_key(usable):
    assert is_usable(fold(usable))


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            "#",
            "＃",
            " ",
            "\u3000",
            "#\ufe0f",
            "\ufe0f\u20e3",
            "#\ufe0f\u20e3",
            "\u0301",
            "\u0301\u0302",
            "´",
            "\u3164",
        ),
        *("\u115f", "\u2800", "\u17b4", "\ufe71", "\U000e0101", "\u06dd", "\U0001d159"),
        *("a b", "a\u00a0b", "a\u2028b", "a\tb", "a\n", "\na", "a\x00b", "a\x7f", "\u0085a", "a\ud800b", "\udfff"),
        *("\ue000", "a\uf8ff", "\U000f0000a", "a\u0378", "\uffff", "\ufdd0a", "\U0001ffff", "\U0010ffff"),
        *("x" * 101, "ﬃ" * 34, "é" * 101, "👩" * 101),
    ],
)
def test_texts_that_are_not_hashtags(written):
    assert not is_usable(fold(written))


def characters() -> list[str]:
    """Every assigned character, without the thousands of similar ideographs and syllables."""
    alike = (range(0x3401, 0x4DBF), range(0x4E01, 0x9FFF), range(0xAC01, 0xD7A3), range(0xE001, 0xF8FF))
    points = (*range(0x2FA20), *range(0xE0000, 0xE0200))
    return [
        chr(point) for point in points if not any(point in block for block in alike) and not 0x17000 < point < 0x18D00
    ]


def test_folding_a_key_gives_the_same_key_for_any_character():
    wrong = [
        f"U+{ord(character):04X}"
        for character in characters()
        if fold(key := fold(character)) != key or fold(shown(character)) != key or fold(f"{character}\u00ad") != key
    ]
    assert wrong == []


def test_no_usable_key_is_blank_or_has_invisible_characters():
    drawn = set("LNPSM")
    for character in characters():
        key = fold(character)
        if is_usable(key) and unicodedata.category(character) != "Cn":
            assert drawn.intersection(unicodedata.category(part)[0] for part in key) - {"M"}, f"U+{ord(character):04X}"


TRICKY = (
    "iI\u0130\u0131\u0307\u0301\u0323\u0345#\uff03 \u00a0\u200c\u200d\ufe0f\u20e3\u00ad\u0640\u0e19\u0e33\u0e4d\u0e32"
    "\u0e49\u0eb3\u0ecd\u0eb2\u0ec9\ufdfa\u00b4\u00a8\u0385\ufe71\u3164\u115f\u1100\u1161\u11a8\uac00\u3099\uff9e\uff76"
    "\u30ab\u037a\U0001f3f4\U000e0067\U000e0062\U000e007f\U0001f469\U0001f3fb\u2764\u2122\U0001f201\u00df\u0149\u03a3a1"
)


@settings(max_examples=1_000, deadline=None)
@given(st.text(st.one_of(st.sampled_from(TRICKY), st.characters(exclude_categories=["Cs"])), max_size=12))
def test_folding_a_key_or_its_spelling_gives_the_same_key_for_any_text(text):
    key = fold(text)
    assert (fold(key), fold(shown(text)), shown(shown(text))) == (key, key, shown(text))


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(TRICKY), min_size=1, max_size=8), st.sampled_from(INVISIBLE), st.integers(0, 8))
def test_invisible_characters_lose_no_visible_hashtag(text, invisible, at):
    plain = "".join(
        character for character in text if character not in "\u200d\U0001f3f4\U000e0067\U000e0062\U000e007f"
    )
    assert fold(plain[:at] + invisible + plain[at:]) == fold(plain) or invisible == "\u200d"


@pytest.mark.parametrize(
    "run",
    ["\u0e4d{}ก", "{}\u0e4dก", "é{}é", "é{}", "👩{}👩", "🏴{}", "\ufeff{}a", "{}\u0e4d{}\u0e32"],
)
@pytest.mark.parametrize("character", ["\u0e48", "\u3000", "\u200d", "\U000e0061", "\u00ad", "\u0307", "#"])
def test_a_long_run_is_folded_in_time_that_grows_with_its_length(run, character):
    text = run.replace("{}", character * 50_000)
    assert fold(shown(text)) == fold(text)
