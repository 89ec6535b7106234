"""Replays: every recorded post, once, at its pace."""

import gzip
import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.intake.event_time import RecordedClock
from collector.sources import Cursor, PostBatch
from collector.sources.own_format import to_post
from collector.sources.replay.source import ReplaySource
from tests.collector.made_up import HASH_AUTHOR, NOON, recorded, replay_of, write_recording


def replay(source: ReplaySource, cursor: Cursor = None) -> list[PostBatch]:
    """All batches up to the final one."""
    found = []
    for batch in source.batches(cursor, threading.Event()):
        found.append(batch)
        if batch.final:
            return found
    return found


def posts_of(batches: list[PostBatch]) -> list:
    return [post for batch in batches for post in batch.posts]


def written(path: Path, *lines: str | bytes) -> Path:
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
    return path


def test_a_file_is_replayed_in_order_and_then_ends(tmp_path):
    source = replay_of(write_recording(tmp_path / "day.ndjson", 5_000))
    posts = posts_of(replay(source))
    assert [post.id for post in posts] == [f"r{i}" for i in range(5_000)]
    assert (posts[1].hashtags, posts[3].hashtags) == (["tea"], ["tea", "cup3"])
    assert [post.lang for post in posts[:4]] == ["en", "ja", "he", "und"]
    assert (source.state.state, source.state.detail) == ("ended", "end of day.ndjson, 5000 posts")


def test_every_cursor_resumes_exactly_after_its_batch(tmp_path):
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
    post = to_post(line, HASH_AUTHOR, Counter())
    assert (post.hashtags, post.spellings) == (["café"], ["Café"])


def test_an_account_id_never_appears_in_a_post(tmp_path):
    path = written(tmp_path / "day.ndjson", *(recorded(i, NOON, author=f"account{i % 2}") for i in range(4)))
    authors = [post.author for post in posts_of(replay(replay_of(path)))]
    assert authors == [HASH_AUTHOR("account0", NOON), HASH_AUTHOR("account1", NOON)] * 2


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
        b'{"id":"\\ud800","created_at":"2026-03-04T12:00:00Z","lang":"en","hashtags":[]}',
        b'{"id":"' + b"x" * 200 + b'","created_at":"2026-03-04T12:00:00Z","lang":"en","hashtags":[]}',
        b"[" * 10_000,
    ],
)
def test_a_malformed_line_is_no_post(line):
    assert to_post(line, HASH_AUTHOR, Counter()) is None


def test_bad_lines_are_counted_and_stop_nothing(tmp_path):
    good = recorded(1, NOON)
    path = written(tmp_path / "bad.ndjson", good, b"{broken", "", b'{"x":"' + b"y" * 2**20 + b'"}', good)
    batches = replay(replay_of(path))
    dropped = {reason: sum(b.dropped.get(reason, 0) for b in batches) for reason in ("malformed", "too_long")}
    assert len(posts_of(batches)) == 2
    assert dropped == {"malformed": 1, "too_long": 1}


def test_an_offset_from_utc_is_counted_in_utc():
    post = to_post(recorded(1, NOON, created_at="2026-03-05T01:30:00+02:00").encode(), HASH_AUTHOR, Counter())
    assert post.created_at == datetime(2026, 3, 4, 23, 30, tzinfo=UTC)


def test_a_shift_moves_the_first_post_to_the_first_start_and_survives_a_restart(tmp_path):
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


def test_a_stop_ends_the_wait_for_a_later_post(tmp_path):
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
def test_recorded_data_is_admitted_completely(shared_data, name, posts, tagged):
    clock = RecordedClock(None, timedelta(hours=1))
    admitted = []
    for batch in replay(replay_of(shared_data / name)):
        assert batch.dropped == {}
        admitted += clock.admit(batch.posts, None).posts
    admitted += clock.finish(None).posts
    assert (len(admitted), sum(bool(post.hashtags) for post in admitted)) == (posts, tagged)


def v2(number: int) -> dict:
    moment = (NOON + timedelta(seconds=number)).isoformat()
    return {"id": str(number), "created_at": moment, "text": "#Tea", "entities": {"hashtags": [{"tag": "Tea"}]}}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("shift_to_now", [False, True])
def test_an_array_is_replayed_and_every_cursor_resumes_exactly(tmp_path, monkeypatch, indent, shift_to_now):
    monkeypatch.setattr("collector.sources.replay.recording.BLOCK_BYTES", 1_000)
    path = written(tmp_path / "day.json", json.dumps([v2(number) for number in range(100)], indent=indent))
    clocks = {"now": lambda: NOON}
    batches = replay(replay_of(path, shift_to_now=shift_to_now, **clocks))
    posts = posts_of(batches)
    assert [post.id for post in posts] == [f"x:{number}" for number in range(100)]
    done = 0
    for batch in batches:
        done += len(batch.posts)
        rest = posts_of(replay(replay_of(path, shift_to_now=shift_to_now, **clocks), batch.cursor))
        assert rest == posts[done:]


def test_a_page_in_one_line_resumes_in_its_middle_after_a_restart(tmp_path, monkeypatch):
    monkeypatch.setattr("collector.sources.replay.source._BATCH_POSTS", 7)
    monkeypatch.setattr("collector.sources.replay.source._BYTES_AT_ONCE", 0)
    pages = [json.dumps({"data": [*map(v2, range(i, i + 50)), {}], "includes": {}}) for i in (0, 50)]
    path = written(tmp_path / "day.ndjson", recorded(1, NOON), *pages, recorded(2, NOON))
    batches = replay(replay_of(path))
    ids = [post.id for post in posts_of(batches)]
    assert ids == ["r1", *(f"x:{number}" for number in range(100)), "r2"]
    assert max(len(batch.posts) for batch in batches) == 7
    done, dropped = 0, 0
    for batch in batches:
        done += len(batch.posts)
        dropped += batch.dropped.get("malformed", 0)
        rest = replay(replay_of(path), batch.cursor)
        assert [post.id for post in posts_of(rest)] == ids[done:]
        assert dropped + sum(one.dropped.get("malformed", 0) for one in rest) == 2


def test_a_page_is_paced(tmp_path):
    second = [0.0]
    path = written(tmp_path / "day.ndjson", json.dumps({"data": [v2(number) for number in range(5)]}))
    batches = replay_of(path, 1, steady=lambda: second[0]).batches(None, threading.Event())
    seen = []
    for moment in range(5):
        second[0] = moment + 0.5
        while len(seen) <= moment:
            seen += next(batches).posts
        assert [post.id for post in seen] == [f"x:{number}" for number in range(moment + 1)]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("day.csv", b"id,created_at\n1,2\n", "the first line of day.csv is not JSON"),
        ("day.ndjson", recorded(1, NOON).encode("utf-16"), "day.ndjson is UTF-16"),
        ("day.ndjson.gz", recorded(1, NOON).encode(), "day.ndjson.gz is not compressed with gzip"),
        ("day.ndjson", b"", "day.ndjson is empty"),
        ("day.ndjson", b'{"id":"1","created_at":"2026-03-04T12:00:00Z"}\n', "has no key hashtags"),
    ],
)
def test_a_recording_without_readable_posts_explains_it_also_after_a_restart(tmp_path, caplog, name, content, words):
    (tmp_path / name).write_bytes(content)
    cursor = None
    for _ in range(2):
        source = replay_of(tmp_path / name)
        batches = replay(source, cursor)
        cursor = batches[-1].cursor
        assert batches[-1].final
        assert source.state.state == "blocked"
        assert source.state.detail.startswith("The recording contains no readable posts: ")
        assert words in source.state.detail
        assert str(tmp_path) not in source.state.detail + caplog.text
    assert words in caplog.text


def test_readable_posts_of_a_damaged_file_count_and_its_folder_stays_private(tmp_path):
    path = write_recording(tmp_path / "day.ndjson", 5_000)
    packed = gzip.compress(path.read_bytes())
    (tmp_path / "cut.ndjson.gz").write_bytes(packed[: len(packed) // 2])
    source = replay_of(tmp_path / "cut.ndjson.gz")
    posts = posts_of(replay(source))
    assert [post.id for post in posts] == [f"r{number}" for number in range(len(posts))]
    assert len(posts) > 1_000
    assert source.state.detail == f"cut.ndjson.gz cannot be read further: its gzip data is cut off; {len(posts)} posts"


def test_a_file_that_disappears_is_reported_without_its_folder(tmp_path):
    path = write_recording(tmp_path / "day.ndjson", 5)
    source = replay_of(path)
    path.unlink()
    replay(source)
    assert source.state.detail.endswith("day.ndjson cannot be read: No such file or directory")
    assert str(tmp_path) not in source.state.detail
