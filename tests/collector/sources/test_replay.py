"""Replays: what is recorded comes through, once, at its pace."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.admission import Admission
from collector.sources.recorded_post import to_post
from collector.sources.replay import ReplaySource
from collector.sources.source import Batch, Cursor
from tests.collector.made_up import HASHED, NOON, recorded, replay_of, write_recording


def replay(source: ReplaySource, cursor: Cursor = None) -> list[Batch]:
    """All batches up to the final one."""
    found = []
    for batch in source.batches(cursor, threading.Event()):
        found.append(batch)
        if batch.final:
            return found
    return found


def posts_of(batches: list[Batch]) -> list:
    return [post for batch in batches for post in batch.posts]


def written(path: Path, *lines: str | bytes) -> Path:
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
    return path


def test_a_file_comes_through_in_order_and_then_ends(tmp_path):
    source = replay_of(write_recording(tmp_path / "day.ndjson", 5_000))
    posts = posts_of(replay(source))
    assert [post.id for post in posts] == [f"r{i}" for i in range(5_000)]
    assert (posts[1].hashtags, posts[3].hashtags) == (["tea"], ["tea", "cup3"])
    assert [post.lang for post in posts[:4]] == ["en", "ja", "he", "und"]
    assert (source.state.state, source.state.detail) == ("ended", "end of day.ndjson, 5000 posts")


def test_every_cursor_goes_on_exactly_after_its_batch(tmp_path):
    path = write_recording(tmp_path / "day.ndjson", 6_000)
    batches = replay(replay_of(path))
    assert len(batches) > 3
    done = 0
    for batch in batches:
        done += len(batch.posts)
        rest = posts_of(replay(replay_of(path), batch.cursor))
        assert [post.id for post in rest] == [f"r{i}" for i in range(done, 6_000)]


def test_folded_posts_are_replayed_as_they_are():
    line = recorded(1, NOON, hashtags=["café"], spellings=["Café"], author="a1b2").encode()
    post = to_post(line, HASHED)
    assert (post.hashtags, post.spellings) == (["café"], ["Café"])


def test_an_account_id_never_gets_through(tmp_path):
    path = written(tmp_path / "day.ndjson", *(recorded(i, NOON, author=f"account{i % 2}") for i in range(4)))
    authors = [post.author for post in posts_of(replay(replay_of(path)))]
    assert authors == [HASHED("account0"), HASHED("account1")] * 2


def test_a_clock_that_leaps_neither_stalls_the_pace_nor_floods(tmp_path):
    second, now = [0.0], [NOON]
    path = write_recording(tmp_path / "day.ndjson", 50, step=1)
    source = replay_of(path, 1, shift_to_now=True, now=lambda: now[0], steady=lambda: second[0])
    batches = source.batches(None, threading.Event())
    seen = []
    for leap in (5, -10, 24):
        now[0] += timedelta(hours=leap)
        second[0] += 10
        while batch := next(batches):
            seen += batch.posts
            if not batch.posts and seen:
                break
        assert len(seen) == second[0] + 1 - 10
    assert [post.created_at for post in seen] == [seen[0].created_at + timedelta(seconds=i) for i in range(len(seen))]


@pytest.mark.parametrize(
    "line",
    [
        b"{broken",
        b'"text"',
        b"\xff\xfe",
        b'{"id":"1"}',
        b'{"id":"1","created_at":"yesterday","lang":"en","hashtags":[]}',
        b'{"id":"1","created_at":"2026-03-04T12:00:00","lang":"en","hashtags":[]}',
        b'{"id":"1","created_at":"0001-01-01T00:00:00Z","lang":"en","hashtags":[]}',
        b'{"id":"1","created_at":"9999-12-31T23:59:59Z","lang":"en","hashtags":[]}',
        b'{"id":"1","created_at":"2026-03-04T12:00:00Z","lang":"en","hashtags":["\\ud800"]}',
        b'{"id":"' + b"x" * 200 + b'","created_at":"2026-03-04T12:00:00Z","lang":"en","hashtags":[]}',
        b"[" * 10_000,
    ],
)
def test_a_malformed_line_is_no_post(line):
    assert to_post(line, HASHED) is None


def test_bad_lines_are_counted_and_stop_nothing(tmp_path):
    good = recorded(1, NOON)
    path = written(tmp_path / "bad.ndjson", good, b"{broken", "", b'{"x":"' + b"y" * 2**20 + b'"}', good)
    batches = replay(replay_of(path))
    dropped = {reason: sum(b.dropped.get(reason, 0) for b in batches) for reason in ("malformed", "too_long")}
    assert len(posts_of(batches)) == 2
    assert dropped == {"malformed": 1, "too_long": 1}


def test_an_offset_from_utc_is_counted_in_utc():
    post = to_post(recorded(1, NOON, created_at="2026-03-05T01:30:00+02:00").encode(), HASHED)
    assert post.created_at == datetime(2026, 3, 4, 23, 30, tzinfo=UTC)


def test_a_shift_brings_the_first_post_to_the_first_start_and_survives_a_restart(tmp_path):
    path = write_recording(tmp_path / "day.ndjson", 4_000)
    start = datetime(2026, 11, 22, 8, tzinfo=UTC)
    batches = replay(replay_of(path, shift_to_now=True, now=lambda: start))
    assert posts_of(batches)[0].created_at == start
    assert posts_of(batches)[3_999].created_at == start + timedelta(seconds=1_999.5)
    resumed = replay(replay_of(path, shift_to_now=True, now=lambda: start + timedelta(days=1)), batches[1].cursor)
    assert posts_of(batches[:2]) + posts_of(resumed) == posts_of(batches)


def test_shifted_and_unshifted_replays_never_share_a_stream(tmp_path):
    path = write_recording(tmp_path / "day.ndjson", 4)
    unshifted, shifted = replay_of(path, 1).name, replay_of(path, 1, True).name
    assert unshifted.startswith("replay-day-")
    assert shifted == unshifted + "-now"


def test_the_pace_is_that_of_the_recording_times_the_speed(tmp_path):
    second = [1_000.0]
    source = replay_of(write_recording(tmp_path / "day.ndjson", 100, step=1), 60, steady=lambda: second[0])
    batches = source.batches(None, threading.Event())
    seen = []
    for _ in range(3):
        seen += [post.id for post in next(batches).posts]
    assert seen == ["r0"]
    second[0] += 1
    while len(seen) < 61:
        seen += [post.id for post in next(batches).posts]
    assert next(batches).posts == []


def test_a_post_from_2099_does_not_stall_the_pace(tmp_path):
    absurd = recorded(2, datetime(2099, 1, 1, tzinfo=UTC))
    path = written(tmp_path / "day.ndjson", recorded(1, NOON), absurd, recorded(3, NOON))
    assert [post.id for post in posts_of(replay(replay_of(path, 1)))] == ["r1", "r2", "r3"]


def test_a_stop_ends_the_wait_for_a_post_that_is_not_due(tmp_path):
    stop = threading.Event()
    source = replay_of(write_recording(tmp_path / "day.ndjson", 2, step=3_600), 1)
    batches = source.batches(None, stop)
    next(batches)
    next(batches)
    stop.set()
    assert [post for batch in batches for post in batch.posts] == []


@pytest.mark.parametrize(
    ("name", "posts", "tagged"),
    [
        ("covid_2021-12-30.ndjson.gz", 37_496, 37_496),
        ("sample_2019-07-03.ndjson.gz", 22_934, 2_916),
        ("ep2014.ndjson.gz", 9_986, 4_576),
    ],
)
def test_recorded_data_is_admitted_whole(shared_data, name, posts, tagged):
    admission = Admission(None, timedelta(hours=1))
    admitted = []
    for batch in replay(replay_of(shared_data / name)):
        assert batch.dropped == {}
        admitted += admission.admit(batch.posts, None).posts
    admitted += admission.finish(None).posts
    assert (len(admitted), sum(bool(post.hashtags) for post in admitted)) == (posts, tagged)
