import pytest

from contract.post import MAX_LINE_BYTES, PostError, decode_post, fold


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


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "malformed"),
        (b'{"id":"a"}', "missing required field"),
        (b'{"id":1,"created_at":"2026-11-22T00:00:00Z","lang":"en","hashtags":[]}', "Expected `str`"),
        (b'{"id":"a","created_at":"yesterday","lang":"en","hashtags":[]}', "Invalid RFC3339"),
        (b'{"id":"a","created_at":"2026-11-22T00:00:00","lang":"en","hashtags":[]}', "no time zone"),
        (b'{"id":"\xff"}', "utf-8|UTF-8"),
        (b" " * (MAX_LINE_BYTES + 1), "65536 allowed"),
    ],
)
def test_a_line_that_is_not_a_post_is_refused_with_the_reason(line, reason):
    with pytest.raises(PostError, match=reason):
        decode_post(line)
