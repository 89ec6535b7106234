from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from contract.post import Post, encode_posts
from streaming.additions import AUTHOR_BYTES, SCHEMA, additions
from streaming.posts import parse

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = int(NOON.timestamp()) // 3600


def of(*posts: Post) -> pa.Table:
    rows = additions(parse(encode_posts(list(posts))))
    assert rows.schema == SCHEMA
    rows.validate(full=True)
    return rows


def summed(rows: pa.Table) -> Counter:
    """What the rows add up to, by (hour, minute, language, key, spelling)."""
    counts: Counter = Counter()
    for row in rows.to_pylist():
        counts[row["hour"], row["minute"], row["language"], row["key"], row["spelling"]] += row["posts"]
    return counts


def authors(rows: pa.Table, language: str) -> dict[str, set[bytes] | None]:
    """The hashes told of each hashtag of a language; None where none is."""
    told: dict[str, set[bytes] | None] = {}
    for row in rows.to_pylist():
        if row["key"] and row["language"] == language:
            known = row["authors"] or b""
            parts = {known[place : place + AUTHOR_BYTES] for place in range(0, len(known), AUTHOR_BYTES)}
            assert len(parts) * AUTHOR_BYTES == len(known), "each of a row is told once"
            told[row["key"]] = parts | (told.get(row["key"]) or set()) or None
    return told


def post(*hashtags: str, at: datetime = NOON, language: str = "en", author: str | None = None) -> Post:
    return Post("a:1", at, language, [hashtag.casefold() for hashtag in hashtags], list(hashtags), author)


def test_a_post_counts_in_its_language_and_in_all():
    assert summed(of(post("Cafe", "tea"))) == {
        (HOUR, None, "en", "", ""): 1,
        (HOUR, 0, "*", "", ""): 1,
        (HOUR, None, "en", "cafe", ""): 1,
        (HOUR, None, "*", "cafe", "Cafe"): 1,
        (HOUR, None, "en", "tea", ""): 1,
        (HOUR, None, "*", "tea", "tea"): 1,
    }


def test_a_post_without_hashtags_counts_as_a_post():
    assert summed(of(post())) == {(HOUR, None, "en", "", ""): 1, (HOUR, 0, "*", "", ""): 1}


def test_hashtags_without_spellings_are_spelled_like_their_keys():
    lines = b'{"created_at":"2026-11-22T12:00:00Z","lang":"en","hashtags":["tea","cafe"]}\n'
    other = b'{"created_at":"2026-11-22T12:00:00Z","lang":"en","hashtags":["tea"],"spellings":["Tea","odd"]}\n'
    spelled = Counter()
    for row in additions(parse(lines + other)).to_pylist():
        spelled[row["key"], row["spelling"]] += row["posts"] if row["spelling"] else 0
    assert +spelled == {("tea", "tea"): 2, ("cafe", "cafe"): 1}


def test_the_last_microsecond_of_a_day_is_in_its_last_hour():
    last = MIDNIGHT - timedelta(microseconds=1)
    counts = summed(of(post("x", at=last), post("x", at=MIDNIGHT)))
    assert (counts[HOUR + 11, None, "en", "x", ""], counts[HOUR + 12, None, "en", "x", ""]) == (1, 1)
    assert (counts[HOUR + 11, 59, "*", "", ""], counts[HOUR + 12, 0, "*", "", ""]) == (1, 1)


def test_authors_are_told_where_a_hashtag_counts_each_once_and_nowhere_else():
    rows = of(post("x", author="ann"), post("x", author="ann"), post("x", author="bob"), post("x"), post("y"))
    for language in ("en", "*"):
        told = authors(rows, language)
        assert (len(told["x"]), told["y"]) == (2, None)
    assert authors(rows, "en") == authors(rows, "*")
    assert all(row["authors"] is None for row in rows.to_pylist() if not row["key"])


def test_an_author_has_the_same_hash_in_every_batch():
    one, other = of(post("x", author="ann")), of(post("y", author="bob"), post("x", author="ann"))
    assert authors(one, "en")["x"] == authors(other, "en")["x"]


def test_rows_are_as_few_as_places_however_many_posts():
    assert of(*[post() for _ in range(1_000)]).num_rows == 2
    assert of(*[post("Tea", author=f"a{number % 9}") for number in range(1_000)]).num_rows == 4


def test_minutes_are_counted_of_all_posts_in_all_languages_from_the_first_of_the_day_to_its_last():
    first, last = MIDNIGHT - timedelta(days=1), MIDNIGHT - timedelta(seconds=0.1)
    counts = summed(of(post("x", at=first), post(at=first + timedelta(seconds=59)), post(at=last, language="de")))
    minutes = {counted: posts for counted, posts in counts.items() if counted[1] is not None}
    assert minutes == {(HOUR - 12, 0, "*", "", ""): 2, (HOUR + 11, 59, "*", "", ""): 1}
