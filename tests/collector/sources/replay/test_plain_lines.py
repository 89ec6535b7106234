"""The fast path of recordings: lines in our own format, many at once, give what each gives by itself."""

from collections import Counter
from random import Random

import pytest

from collector.sources.own_format import plain_posts
from collector.sources.replay.posts import read_lines, read_posts
from contract.post import MAX_LINE_BYTES
from tests.collector.made_up import HASH_AUTHOR, NOON, recorded


def line_of(number: int, **changes: object) -> bytes:
    fields = {"hashtags": ["Tea", "tea", "#"], "author": f"account{number}"} | changes
    return recorded(number, NOON, **fields).encode(errors="backslashreplace")


PLAIN = [line_of(number) for number in range(3)]
FIELDS: dict[str, list[object]] = {
    "id": ["", " ", "\u3000", "a\nb", "\ufffd", "\ud800", "x" * 128, "x" * 129, 5, 10**30, None, True],
    "created_at": [
        *("2026-03-04T23:59:59.9999999Z", "2026-03-04T23:59:59.999999Z", "2016-12-31T23:59:60Z"),
        *("2026-03-04T12:00:00", "2026-03-04T12:00:00+02:00", "2026-03-04T12:00:00-00:00", "2026-03-04 12:00:00z"),
        *("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2199-12-31T23:59:59Z", "2200-01-01T00:00:00Z", 0, None),
    ],
    "lang": ["iw", "zh-CN", "xx", "", "\ud83d", None, 5, ["xx", "ja"]],
    "hashtags": [[], ["#A", "a", "B\u200b", "\u3164", "", "\ud83c\udf75"], ["a", 5], "a", None, {}, [[]]],
    "spellings": [[], ["TEA"], ["TEA", "Tea", "#"], ["TEA", 5, "#"], None, "TEA"],
    "author": ["", "é", "\ud83d\ude00", "\udc00", None, 5, True, ["a"]],
    "other": [1.1234567, {"a": [{}]}, "\ud800", "x" * MAX_LINE_BYTES],
}
ODD = [
    *(line_of(1, **{name: value}) for name, values in FIELDS.items() for value in values),
    *(b"", b" ", b"{", b"[]", b"5", b"[" * 2_000, PLAIN[0] + b"\r", b"\xef\xbb\xbf" + PLAIN[0], b"data: " + PLAIN[0]),
    *(PLAIN[0] * 2, PLAIN[0][:20], PLAIN[0][20:], b'{"id":"1","hashtags":[]}'),
    rb'{"id":"1","created_at":"2026-03-04T23:59:59.999999\u0039Z","lang":"en","hashtags":[]}',
    rb'{"id":"1","created_at":"2026-03-04T23:59:59\u002e9999999Z","lang":"en","hashtags":[]}',
    rb'{"id":"1","created_at":"2026-03-04T12:00:00Z","lang":"en","hashtags":[],"id":2}',
    rb'{"data":{"id":"1","text":"#Tea","created_at":"2026-03-04T12:00:00.000Z","lang":"en"}}',
]
DAMAGE = [b"", b"0", b"\\", b'"', b"\\u0039", b"\xff", b"Z", b"null"]


def one_by_one(lines: list[bytes]):
    dropped: Counter[str] = Counter()
    return [post for line in lines if line for post in read_posts(line, HASH_AUTHOR, dropped)], dropped


def at_once(lines: list[bytes]):
    dropped: Counter[str] = Counter()
    return list(read_lines(lines, HASH_AUTHOR, dropped)), dropped


def test_lines_as_the_collector_writes_them_take_the_fast_path():
    dropped: Counter[str] = Counter()
    assert (plain_posts(PLAIN, HASH_AUTHOR, dropped), dropped) == one_by_one(PLAIN)


@pytest.mark.parametrize("line", ODD)
def test_an_odd_line_among_plain_ones_gives_what_it_gives_by_itself(line):
    lines = [PLAIN[0], line, *PLAIN[1:]]
    assert at_once(lines) == one_by_one(lines)


def test_an_object_over_lines_beside_two_in_one_line_is_no_post():
    lines = [*PLAIN, PLAIN[0] * 2, PLAIN[1][:20], PLAIN[1][20:]]
    assert plain_posts(lines, HASH_AUTHOR, Counter()) is None
    assert at_once(lines) == one_by_one(lines)


def test_damaged_lines_give_the_same_in_both_ways():
    rng = Random(1)
    lines = [line for line in [*ODD, *PLAIN] if 0 < len(line) < 1_000]
    for _ in range(1_000):
        line = bytearray(rng.choice(lines))
        place = rng.randrange(len(line))
        line[place : place + rng.randrange(3)] = rng.choice(DAMAGE)
        some = [PLAIN[0], bytes(line)]
        assert at_once(some) == one_by_one(some)


def test_many_lines_keep_their_order_around_odd_ones():
    lines = [recorded(i, NOON).encode() for i in range(500)]
    lines[150], lines[333] = b"{broken", lines[333] * 2
    posts, dropped = at_once(lines)
    assert [post.id for post in posts] == [f"r{i}" for i in range(500) if i not in (150, 333)]
    assert dropped == {"malformed": 2}
