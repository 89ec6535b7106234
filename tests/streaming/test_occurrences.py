from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from contract.post import Post, encode_posts
from streaming.occurrences import FIRST_MINUTE, SCHEMA, WHOLE_DAY, occurrences
from streaming.posts import parse

DAY, NEXT = date(2026, 11, 22), date(2026, 11, 23)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE_OF_NOON = FIRST_MINUTE + 12 * 60


def of(*posts: Post) -> pa.Table:
    rows = occurrences(parse(encode_posts(list(posts))))
    assert rows.schema == SCHEMA
    rows.validate(full=True)
    return rows


def summed(*posts: Post) -> Counter:
    """What the rows add up to, by (day, language, key, spelling, slot)."""
    counts: Counter = Counter()
    for row in of(*posts).to_pylist():
        counts[row["day"], row["language"], row["key"], row["spelling"], row["slot"]] += row["posts"]
    return counts


def post(*hashtags: str, at: datetime = NOON, language: str = "en", author: str | None = None) -> Post:
    return Post("a:1", at, language, [hashtag.casefold() for hashtag in hashtags], list(hashtags), author)


def test_a_post_counts_in_its_language_and_in_all_in_its_day_and_in_its_hour():
    assert summed(post("Cafe", "tea")) == Counter(
        {
            (DAY, language, key, "", slot): 1
            for language in ("en", "*")
            for key in ("", "cafe", "tea")
            for slot in (WHOLE_DAY, 12)
        }
        | {(DAY, "*", "", "", MINUTE_OF_NOON): 1}
        | {(DAY, "*", key, spelling, WHOLE_DAY): 1 for key, spelling in (("cafe", "Cafe"), ("tea", "tea"))}
    )


def test_a_post_without_hashtags_counts_as_a_post():
    rows = {(DAY, language, "", "", slot): 1 for language in ("en", "*") for slot in (WHOLE_DAY, 12)}
    assert summed(post()) == rows | {(DAY, "*", "", "", MINUTE_OF_NOON): 1}


def test_hashtags_without_spellings_are_spelled_like_their_keys():
    lines = b'{"created_at":"2026-11-22T12:00:00Z","lang":"en","hashtags":["tea","cafe"]}\n'
    other = b'{"created_at":"2026-11-22T12:00:00Z","lang":"en","hashtags":["tea"],"spellings":["Tea","odd"]}\n'
    spelled = Counter()
    for row in occurrences(parse(lines + other)).to_pylist():
        spelled[row["key"], row["spelling"]] += row["posts"] if row["spelling"] else 0
    assert +spelled == {("tea", "tea"): 2, ("cafe", "cafe"): 1}


def test_the_last_microsecond_of_a_day_is_in_its_last_hour():
    last = datetime(2026, 11, 22, 23, 59, 59, 999_999, tzinfo=UTC)
    counts = summed(post("x", at=last), post("x", at=last + timedelta(microseconds=1)))
    assert (counts[DAY, "*", "x", "", 23], counts[NEXT, "*", "x", "", 0]) == (1, 1)
    assert (counts[DAY, "*", "", "", WHOLE_DAY], counts[NEXT, "*", "", "", WHOLE_DAY]) == (1, 1)


def test_authors_are_told_where_a_hashtag_counts_in_the_day_and_nowhere_else():
    rows = of(post("x", author="ann"), post("x", author="bob"), post("x"), post("y", author="ann")).to_pylist()
    told = [(row["language"], row["key"], row["author"]) for row in rows if row["slot"] == WHOLE_DAY and row["key"]]
    unspelled = {(language, key, author) for language, key, author in told if author}
    assert unspelled == {(of, key, a) for of in ("en", "*") for key, a in (("x", "ann"), ("x", "bob"), ("y", "ann"))}
    assert all(row["author"] is None for row in rows if row["slot"] != WHOLE_DAY or row["spelling"] or not row["key"])


def test_the_latest_moment_is_told_where_all_posts_of_a_day_count():
    rows = of(post("x"), post("y", at=NOON + timedelta(hours=2)), post(at=NOON + timedelta(hours=1))).to_pylist()
    moments = [row["moment"] for row in rows if row["moment"]]
    assert max(moments) == NOON + timedelta(hours=2)
    assert all(not row["key"] and row["slot"] == WHOLE_DAY for row in rows if row["moment"])


def test_untagged_posts_are_few_rows_however_many():
    assert of(*[post() for _ in range(1_000)]).num_rows == 5


def test_minutes_are_counted_of_all_posts_in_all_languages_from_the_first_of_the_day_to_its_last():
    midnight = datetime(2026, 11, 22, tzinfo=UTC)
    last = timedelta(hours=23, minutes=59, seconds=59.9)
    counts = summed(post("x", at=midnight), post(at=midnight + timedelta(seconds=59)), post(at=midnight + last))
    minutes = {counted: posts for counted, posts in counts.items() if counted[-1] >= FIRST_MINUTE}
    assert minutes == {(DAY, "*", "", "", FIRST_MINUTE): 2, (DAY, "*", "", "", FIRST_MINUTE + 1_439): 1}
