import pytest

from contract.post import fold


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("#WorldCup", "worldcup"),
        ("＃ＷｏｒｌｄＣｕｐ", "worldcup"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Café", "café"),
        ("cafe\u0301", "café"),
        ("ﬁfa", "fifa"),
    ],
)
def test_a_hashtag_counts_under_one_key_however_it_is_written(written, key):
    assert fold(written) == key


def test_accents_are_kept():
    assert fold("café") != fold("cafe")
