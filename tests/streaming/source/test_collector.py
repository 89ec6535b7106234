import gc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

import streaming.source.collector
from contract.address import bound_socket
from contract.post import MAX_HASHTAG_CHARACTERS, MAX_HASHTAGS, Post, encode_posts
from streaming.aggregate.deltas import BATCH_SCHEMA, batch_of, reason_unread
from streaming.source.collector import (
    BYTES_PER_TASK,
    SMALL_BATCH_BYTES,
    ByteRange,
    CollectorStreamReader,
    freeze_objects,
)
from streaming.source.lines import parse
from tests.streaming.fake_collector import SECRET
from tests.streaming.fake_counts import by_place


def reader(**changes: object) -> CollectorStreamReader:
    usual = {"address": ("127.0.0.1", 1), "secret": SECRET, "start": 0, "max_bytes": 2**24, "cores": 4}
    return CollectorStreamReader(**{**usual, **changes})


def test_lines_become_rows_in_order():
    moment = datetime(2026, 11, 22, 23, 59, 59, 999_000, tzinfo=UTC)
    lines = encode_posts([Post("a:1", moment, "en", ["x", "y"], ["X", "y"], "ann"), Post("a:2", moment, "de", [])])
    written = "2026-11-22T23:59:59.999000Z"
    assert parse(lines).to_pylist() == [
        {"created_at": written, "lang": "en", "hashtags": ["x", "y"], "spellings": ["X", "y"], "author": "ann"},
        {"created_at": written, "lang": "de", "hashtags": [], "spellings": None, "author": None},
    ]


def test_the_golden_posts_are_read():
    golden = Path(__file__).resolve().parents[2] / "golden" / "post.ndjson"
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


def test_a_broken_line_is_our_own_corruption_and_stops_counting():
    with pytest.raises(pa.ArrowInvalid):
        parse(b'{"created_at": "2026-11-22T00:00:00Z", "lang": "en", "hashtags": [\n')


@pytest.mark.parametrize(
    ("size", "cores", "ends"),
    [
        (0, 4, [10, 10]),
        (BYTES_PER_TASK, 4, [10, 10 + BYTES_PER_TASK]),
        (BYTES_PER_TASK + 1, 4, [10, 10 + BYTES_PER_TASK // 2, 11 + BYTES_PER_TASK]),
        (8 * BYTES_PER_TASK, 2, [10 + 4 * BYTES_PER_TASK * part for part in range(3)]),
        (8 * BYTES_PER_TASK, 1, [10, 10 + 8 * BYTES_PER_TASK]),
    ],
)
def test_a_small_batch_is_one_task_and_a_large_one_is_cut_evenly_for_the_cores(size, cores, ends):
    parts = reader(cores=cores).partitions({"offset": 10}, {"offset": 10 + size})
    assert [(part.start, part.end) for part in parts] == list(pairwise(ends))


def test_a_worker_hides_its_objects_from_the_garbage_collector_once(collector, monkeypatch):
    collector.append(Post("a:1", datetime(2026, 11, 22, 12, tzinfo=UTC), "en", []))
    calls: list[str] = []
    for name in ("collect", "freeze"):
        monkeypatch.setattr(gc, name, partial(calls.append, name))
    freeze_objects.cache_clear()
    for _ in range(2):
        list(reader(address=collector.address).read(ByteRange(0, 9)))
    assert calls == ["collect", "freeze"]


def test_a_task_that_is_repeated_sends_the_same_rows(collector):
    moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
    collector.append(*[Post(f"a:{n}", moment, "en", ["x", f"k{n % 9}"], None, f"by{n % 7}") for n in range(50)])
    part = ByteRange(33, len(collector.lines) - 33)
    once = pa.Table.from_batches(reader(address=collector.address).read(part))
    collector.drops = 2
    assert pa.Table.from_batches(reader(address=collector.address).read(part)) == once


def test_a_batch_ends_where_the_durable_bytes_end_or_at_its_bound(collector):
    collector.lines += b"\n" * 1000
    bounded = reader(address=collector.address, start=70, max_bytes=300)
    assert bounded.initialOffset() == {"offset": 70}
    assert bounded.latestOffset({"offset": 0}, None) == {"offset": 300}
    assert bounded.latestOffset({"offset": 900}, None) == {"offset": 1000}
    bounded.stop()


def test_a_small_batch_waits_for_more_posts(collector, monkeypatch):
    monkeypatch.setattr(streaming.source.collector, "MAX_WAIT_SECONDS", 60.0)
    patient = reader(address=collector.address)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(patient.latestOffset, {"offset": 0}, None)
        collector.lines += b"\n" * 6_000
        collector.lines += b"\n" * (SMALL_BATCH_BYTES - 6_000)
        assert waiting.result(60) == {"offset": SMALL_BATCH_BYTES}
    patient.stop()


def test_a_small_batch_waits_no_longer_than_its_bound(collector, monkeypatch):
    collector.lines += b"\n"
    monkeypatch.setattr(streaming.source.collector, "MAX_WAIT_SECONDS", 0.0)
    hasty = reader(address=collector.address)
    assert hasty.latestOffset({"offset": 0}, None) == {"offset": 1}
    hasty.stop()


def test_a_stream_that_has_become_shorter_does_not_move_a_batch_back(collector):
    collector.lines += b"\n" * 1000
    short = reader(address=collector.address)
    assert short.latestOffset({"offset": 1200}, None) == {"offset": 1200}
    short.stop()


def test_a_task_yields_the_deltas_of_its_posts_for_any_size_of_reads(collector, monkeypatch):
    moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
    collector.append(
        *[Post(f"a:{n}", moment, "en", [f"k{n % 3}"], [f"K{n % 3}"], f"by{n}") for n in range(50)],
        Post("b", moment, "de", []),
    )
    end = len(collector.lines)

    def counted() -> tuple[Counter, datetime | None]:
        batches = list(reader(address=collector.address).read(ByteRange(0, end)))
        assert all(batch.schema == BATCH_SCHEMA for batch in batches)
        batch = batch_of(pa.Table.from_batches(batches))
        assert (batch.start, batch.end) == (0, end)
        posts: Counter = Counter()
        for place, deltas in by_place(batch.deltas).items():
            for hour, _, spelling, added, authors in deltas:
                posts[place.language, place.key, hour, spelling] += added
                posts["authors", place.language, place.key] += len(authors or b"") // 4
        return posts, batch.clock

    whole = counted()
    posts, clock = whole
    assert (posts["*", "", 12, ""], posts["en", "k0", 12, ""], posts["*", "k0", 12, "K0"]) == (51, 17, 17)
    assert (posts["authors", "en", "k0"], clock) == (17, moment)
    monkeypatch.setattr(streaming.source.collector, "BYTES_PER_READ", 300)
    assert counted() == whole


def test_a_range_without_a_line_is_sent_too(collector):
    collector.append(Post("a:1", datetime(2026, 11, 22, 12, tzinfo=UTC), "en", ["x"], ["X"]))
    batch = batch_of(pa.Table.from_batches(reader(address=collector.address).read(ByteRange(5, 9))))
    assert (batch.start, batch.end, batch.clock, batch.deltas) == (5, 9, None, {})


def test_a_task_that_does_not_reach_the_collector_sends_the_reason_instead_of_posts(monkeypatch):
    monkeypatch.setattr(streaming.source.collector, "TASK_PATIENCE_SECONDS", 0)
    with bound_socket(("127.0.0.1", 0)) as silent:
        address = silent.getsockname()
        rows = pa.Table.from_batches(reader(address=address).read(ByteRange(5, 9)))
    assert f": no answer from the collector at 127.0.0.1:{address[1]}: " in reason_unread(rows)
    assert (rows["start"].to_pylist(), rows["end"].to_pylist()) == ([5], [9])
    assert batch_of(rows).deltas == {}
