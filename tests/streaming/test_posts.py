from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

import streaming.posts
from contract.post import MAX_HASHTAG_CHARACTERS, MAX_HASHTAGS, Post, encode_posts
from streaming.occurrences import SCHEMA
from streaming.position import DamagedPositionError, position
from streaming.posts import ByteRange, CollectorStreamReader, parse


def reader(**changes: object) -> CollectorStreamReader:
    return CollectorStreamReader(
        **{"address": ("127.0.0.1", 1), "start": 0, "until": None, "max_bytes": 2**24, **changes}
    )


def test_lines_become_rows_in_order():
    moment = datetime(2026, 11, 22, 23, 59, 59, 999_000, tzinfo=UTC)
    lines = encode_posts([Post("a:1", moment, "en", ["x", "y"], ["X", "y"], "ann"), Post("a:2", moment, "de", [])])
    written = "2026-11-22T23:59:59.999000Z"
    assert parse(lines).to_pylist() == [
        {"created_at": written, "lang": "en", "hashtags": ["x", "y"], "spellings": ["X", "y"], "author": "ann"},
        {"created_at": written, "lang": "de", "hashtags": [], "spellings": None, "author": None},
    ]


def test_the_golden_posts_are_read():
    golden = Path(__file__).resolve().parents[1] / "golden" / "post.ndjson"
    assert parse(golden.read_bytes()).to_pylist() == [
        {
            "created_at": "2026-11-22T21:31:00Z",
            "lang": "en",
            "hashtags": ["worldcup", "café"],
            "spellings": ["WorldCup", "Café"],
            "author": "9f2c07d1b3a8e456",
        },
        {
            "created_at": "2026-11-22T21:31:00.657000Z",
            "lang": "und",
            "hashtags": [],
            "spellings": None,
            "author": None,
        },
    ]


def test_the_longest_post_is_read():
    keys = [f"{number:0{MAX_HASHTAG_CHARACTERS}}" for number in range(MAX_HASHTAGS)]
    line = encode_posts([Post("a:1", datetime(2026, 1, 1, tzinfo=UTC), "en", keys, keys)])
    assert parse(line * 200)["hashtags"].to_pylist() == [keys] * 200


def test_what_is_not_a_post_is_our_own_corruption_and_stops():
    with pytest.raises(pa.ArrowInvalid):
        parse(b'{"created_at": "2026-11-22T00:00:00Z", "lang": "en", "hashtags": [\n')


def test_a_batch_is_one_task():
    (part,) = reader().partitions(position(10), position(20))
    assert (part.start, part.end) == (10, 20)


def test_a_batch_reads_what_is_durable_within_its_bounds(collector):
    collector.lines += b"\n" * 1000
    bounded = reader(address=collector.address, max_bytes=300)
    assert bounded.initialOffset() == position(0)
    assert bounded.latestOffset(position(0), None) == position(300)
    assert bounded.latestOffset(position(900), None) == position(1000)
    closed = reader(address=collector.address, until=950)
    assert closed.latestOffset(position(900), None) == position(950)
    assert closed.latestOffset(position(980), None) == position(980)
    bounded.stop()
    closed.stop()


def test_a_damaged_position_reads_nothing():
    with pytest.raises(DamagedPositionError):
        reader().latestOffset({**position(900), "offset": 800}, None)
    with pytest.raises(DamagedPositionError):
        reader().partitions(position(0), {"offset": 900})


def test_a_task_yields_what_its_posts_count_under_however_they_are_cut_into_pieces(collector, monkeypatch):
    moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
    collector.append(
        *[Post(f"a:{n}", moment, "en", [f"k{n % 3}"], [f"K{n % 3}"]) for n in range(50)], Post("b", moment, "de", [])
    )

    def counted() -> Counter:
        posts = Counter()
        for batch in reader(address=collector.address).read(ByteRange(0, len(collector.lines))):
            assert batch.schema == SCHEMA
            for row in batch.to_pylist():
                posts[row["language"], row["key"], row["spelling"], row["slot"]] += row["posts"]
        return posts

    whole = counted()
    assert (whole["*", "", "", -1], whole["en", "k0", "", 12], whole["*", "k0", "K0", -1]) == (51, 17, 17)
    monkeypatch.setattr(streaming.posts, "PIECE_BYTES", 300)
    assert counted() == whole
