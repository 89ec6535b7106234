"""Recorded lines to posts: a damaged field loses itself, a damaged id or time loses the post."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from collector.sources.own_format import to_post
from collector.sources.replay.posts import read_posts
from tests.collector.made_up import HASH_AUTHOR


def post_of(**fields: object):
    dropped: Counter[str] = Counter()
    line = json.dumps({"id": "1", "created_at": "2026-03-04T12:00:00Z", "lang": "en", "hashtags": []} | fields)
    return to_post(line.encode(), HASH_AUTHOR, dropped), dict(dropped)


@pytest.mark.parametrize(
    ("hashtags", "keys", "unusable"),
    [
        (None, [], 0),
        ([], [], 0),
        (["Tea", None, 5, 1.5, True, ["Milk"], {"tag": "Milk"}, "Cup"], ["tea", "cup"], 6),
        (["Tea", "", "#", "\ud800", "a\udfffb"], ["tea"], 4),
        ("Tea", ["tea"], 0),
        ({"tag": "Tea"}, [], 1),
        (5, [], 1),
    ],
)
def test_a_bad_hashtag_does_not_lose_the_post(hashtags, keys, unusable):
    post, dropped = post_of(hashtags=hashtags)
    assert (post.hashtags, dropped.get("unusable_hashtag", 0)) == (keys, unusable)


@pytest.mark.parametrize(
    ("spellings", "shown"),
    [
        (["TEA", "Cup"], ["TEA", "Cup"]),
        (None, ["tea", "cup"]),
        (["TEA"], ["tea", "cup"]),
        (["TEA", None], ["TEA", "cup"]),
        (["\u3164", "CU\u00adP"], ["tea", "CU\u00adP"]),
        (["Coffee", ["Cup"]], ["tea", "cup"]),
        ("TEA", ["tea", "cup"]),
    ],
)
def test_recorded_spellings_are_used_for_their_hashtags(spellings, shown):
    post, dropped = post_of(hashtags=["tea", "cup"], spellings=spellings)
    assert (post.hashtags, post.spellings, dropped) == (["tea", "cup"], shown, {})


@pytest.mark.parametrize("lang", [None, 5, [], {}, True, "klingon", "\ud800"])
def test_a_language_of_another_type_is_unknown(lang):
    assert post_of(lang=lang)[0].lang == "und"


def test_of_several_languages_the_first_known_counts():
    assert post_of(lang=["xx", None, "ja", "en"])[0].lang == "ja"


@pytest.mark.parametrize("author", [None, "", [], {}, True, 1.5])
def test_a_post_without_an_account_has_no_author(author):
    assert post_of(author=author)[0].author is None


@pytest.mark.parametrize("account", [2244994945, "2244994945"])
def test_an_account_is_the_same_as_a_number_and_as_text(account):
    post, _ = post_of(author=account)
    assert post.author == HASH_AUTHOR("2244994945", post.created_at)


@pytest.mark.parametrize(
    ("written", "identity"),
    [("x:1", "x:1"), (0, "0"), (2**63, "9223372036854775808"), (10**39, "1" + "0" * 39), ("é" * 128, "é" * 128)],
)
def test_an_id_is_a_text_or_a_number(written, identity):
    assert post_of(id=written)[0].id == identity


@pytest.mark.parametrize(
    "written",
    ["", " ", "\u3000", "\n", "a\nb", "\x00", "a\x7f", "x" * 129, 10**128, None, True, 1.0, [], {}, "\ud800", "\u200b"],
)
def test_a_post_without_a_usable_id_is_malformed(written):
    assert post_of(id=written) == (None, {"malformed": 1})


def moment_of(written: object) -> datetime | None:
    post, _ = post_of(created_at=written)
    return post.created_at if post else None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-04T23:59:59.9999999Z", (2026, 3, 4, 23, 59, 59, 999999)),
        ("2026-03-04T23:59:59.999999999999999999999999Z", (2026, 3, 4, 23, 59, 59, 999999)),
        ("2026-12-31T23:59:59.9999995+00:00", (2026, 12, 31, 23, 59, 59, 999999)),
        ("2026-03-04T12:00:00.1234567Z", (2026, 3, 4, 12, 0, 0, 123456)),
        ("2026-03-05T13:59:59.9999999+14:00", (2026, 3, 4, 23, 59, 59, 999999)),
        ("2026-03-04T12:00:00-12:00", (2026, 3, 5, 0, 0)),
        ("2026-03-04 12:00:00z", (2026, 3, 4, 12, 0)),
        ("1970-01-01T00:00:00Z", (1970, 1, 1)),
        ("2016-12-31T23:59:60Z", (2016, 12, 31, 23, 59, 59, 999999)),
        ("2016-12-31T23:59:60.5Z", (2016, 12, 31, 23, 59, 59, 999999)),
        ("2017-01-01T05:29:60.1234567+05:30", (2016, 12, 31, 23, 59, 59, 999999)),
    ],
)
def test_an_event_time_is_truncated_and_never_rounded(written, moment):
    assert moment_of(written) == datetime(*moment, tzinfo=UTC)


def test_an_event_time_may_be_written_with_the_escapes_of_json():
    line = b'{"id":"1","created_at":"2026-03-04T23\\u003a59:59.999999\\u0039Z","hashtags":[]}'
    (post,) = read_posts(line, str, Counter())
    assert post.created_at == datetime(2026, 3, 4, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize("written", [1772625600, None, ["2026-03-04T12:00:00Z"], {}, True, '2026-03-04T12:00:00Z"'])
def test_an_event_time_is_a_text(written):
    assert post_of(created_at=written) == (None, {"malformed": 1})


@pytest.mark.parametrize(
    "written",
    [
        "2026-06-30T12:59:60Z",
        "2026-06-30T23:59:61Z",
        "2026-06-30T23:59:60",
        "2026-03-04T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "0000-01-01T00:00:00.00000000Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-14:00",
        "1970-01-01T00:00:00+00:01",
        "2026-03-04T12:00:00",
        "2026-03-04T12:00:00.",
        "2026-03-04T12:00:00.1234567",
        "2026-03-04T12:00:00+24:00",
        "",
        None,
        1772625600,
        [],
        "\ud800",
        "2" * 30_000,
    ],
)
def test_a_post_without_a_usable_time_is_malformed(written):
    assert post_of(created_at=written) == (None, {"malformed": 1})


def test_half_a_surrogate_pair_elsewhere_in_the_line_loses_nothing():
    post, dropped = post_of(text="cut in the middle \ud83d", hashtags=["Tea", "\U0001f375"])
    assert (post.hashtags, dropped) == (["tea", "\U0001f375"], {})


def test_an_escaped_backslash_is_not_half_a_pair():
    line = rb'{"id":"a\\ud800","created_at":"2026-03-04T12:00:00Z","hashtags":["\ud800","\ud83c\udf75"]}'
    post = to_post(line, HASH_AUTHOR, Counter())
    assert (post.id, post.hashtags) == (r"a\ud800", ["\U0001f375"])
