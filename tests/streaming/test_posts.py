from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from contract.post import MAX_HASHTAG_CHARACTERS, MAX_HASHTAGS, Post, encode_posts
from streaming.posts import SMALLEST_SPLIT_BYTES, CollectorStreamReader, parse


def reader(**changes: object) -> CollectorStreamReader:
    return CollectorStreamReader(
        **{"address": ("127.0.0.1", 1), "start": 0, "until": None, "max_bytes": 2**24, "splits": 2, **changes}
    )


def test_lines_become_rows_in_order():
    moment = datetime(2026, 11, 22, 23, 59, 59, 999_000, tzinfo=UTC)
    lines = encode_posts([Post("a:1", moment, "en", ["x", "y"], ["X", "y"]), Post("a:2", moment, "de", [])])
    assert parse(lines).to_pylist() == [
        {"day": date(2026, 11, 22), "language": "en", "hashtags": ["x", "y"], "spellings": ["X", "y"]},
        {"day": date(2026, 11, 22), "language": "de", "hashtags": [], "spellings": None},
    ]


def test_the_golden_posts_are_read():
    golden = Path(__file__).resolve().parents[1] / "golden" / "post.ndjson"
    assert parse(golden.read_bytes()).to_pylist() == [
        {
            "day": date(2026, 11, 22),
            "language": "en",
            "hashtags": ["worldcup", "café"],
            "spellings": ["WorldCup", "Café"],
        },
        {"day": date(2026, 11, 22), "language": "und", "hashtags": [], "spellings": None},
    ]


def test_the_longest_post_is_read():
    keys = [f"{number:0{MAX_HASHTAG_CHARACTERS}}" for number in range(MAX_HASHTAGS)]
    line = encode_posts([Post("a:1", datetime(2026, 1, 1, tzinfo=UTC), "en", keys, keys)])
    assert parse(line * 200)["hashtags"].to_pylist() == [keys] * 200


def test_what_is_not_a_post_is_our_own_corruption_and_stops():
    with pytest.raises(pa.ArrowInvalid):
        parse(b'{"created_at": "2026-11-22T00:00:00Z", "lang": "en", "hashtags": [\n')


def test_a_small_batch_is_one_task_and_a_large_one_is_split():
    small = reader().partitions({"offset": 10}, {"offset": 20})
    assert [(part.start, part.end) for part in small] == [(10, 20)]
    size = 2 * SMALLEST_SPLIT_BYTES + 1
    large = reader().partitions({"offset": 10}, {"offset": 10 + size})
    assert [part.start for part in large] == [10, 10 + size // 2]
    assert [part.end for part in large] == [10 + size // 2, 10 + size]


def test_no_posts_are_no_task():
    assert reader().partitions({"offset": 10}, {"offset": 10}) == []


def test_a_batch_reads_what_is_durable_within_its_bounds(collector):
    collector.lines += b"\n" * 1000
    bounded = reader(address=collector.address, max_bytes=300)
    assert bounded.latestOffset({"offset": 0}, None) == {"offset": 300}
    assert bounded.latestOffset({"offset": 900}, None) == {"offset": 1000}
    closed = reader(address=collector.address, until=950)
    assert closed.latestOffset({"offset": 900}, None) == {"offset": 950}
    assert closed.latestOffset({"offset": 980}, None) == {"offset": 980}
    bounded.stop()
    closed.stop()
