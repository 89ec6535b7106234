import zlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from contract.race import (
    Frame,
    FramePlace,
    append_frames,
    encode_frames,
    end_of,
    latest_frames,
    pack_hours,
    race_file,
    race_files,
    read_frames,
    unpack_hours,
)

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def frame(posts: int, at: datetime = NOON, language: str = "*") -> Frame:
    return Frame(at, language, posts, [FramePlace("tea", "Tea", posts)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return race_file(tmp_path, "simulator", DAY)


def test_frames_are_sorted_by_moment_and_language(path):
    later = NOON + timedelta(minutes=5)
    append_frames(path, [frame(2, later, "en"), frame(3, later)])
    append_frames(path, [frame(1)])
    assert read_frames(path) == [frame(1), frame(3, later), frame(2, later, "en")]
    assert read_frames(path, "en") == [frame(2, later, "en")]


def test_of_frames_of_the_same_moment_and_language_the_last_counts(path):
    append_frames(path, [frame(1), frame(9, language="en")])
    append_frames(path, [frame(2)])
    assert read_frames(path) == [frame(2), frame(9, language="en")]


def test_the_latest_frame_of_each_language_is_found(path):
    later = NOON + timedelta(minutes=5)
    append_frames(path, [frame(3, later), frame(1, language="en"), frame(1), frame(4, later)])
    assert latest_frames(path) == {"*": frame(4, later), "en": frame(1, language="en")}


def test_a_day_without_a_file_has_no_frames(path):
    assert (read_frames(path), latest_frames(path)) == ([], {})


@pytest.mark.parametrize(
    "foreign",
    [
        b"\n",
        b"null\n",
        b'{"language":"*"}\n',
        b'{"at":"noon","language":"*","posts":1,"top":[]}\n',
        b'{"at":"2026-11-21T12:00:00","language":"*","posts":1,"top":[]}\n',
        b"\xff\xfe\n",
        b'{"at":"2026-11-21T12:00:00Z","language":"*","posts":1,"top":[["a","\xff",1]]}\n',
        b'{"language":"*"' + b" " * 600_000 + b"}\n",
    ],
)
def test_a_foreign_line_is_no_frame(path, foreign):
    append_frames(path, [frame(1)])
    path.write_bytes(foreign + path.read_bytes() + foreign)
    assert read_frames(path) == read_frames(path, "*") == [frame(1)]


def test_a_torn_frame_loses_no_other_frame(path):
    append_frames(path, [frame(1)])
    whole = path.read_bytes()
    torn, after = encode_frames([frame(2, NOON + timedelta(minutes=5))]), frame(3, NOON + timedelta(minutes=10))
    for length in range(len(torn) - 1):
        path.write_bytes(whole + torn[:length])
        assert read_frames(path) == [frame(1)]
        append_frames(path, [after])
        assert read_frames(path) == [frame(1), after]


def test_a_language_is_not_found_in_a_hashtag_that_looks_like_it(path):
    tricky = Frame(NOON, "en", 1, [FramePlace('","language":"de"', '"language":"de"', 1)])
    append_frames(path, [tricky])
    assert read_frames(path, "de") == []
    assert read_frames(path, "en") == [tricky]


def test_every_days_file_is_found_oldest_first(tmp_path):
    for source, day in (("x", DAY), ("a", DAY), ("x", DAY - timedelta(days=1))):
        append_frames(race_file(tmp_path, source, day), [frame(1)])
    (tmp_path / "race" / "x" / "notes.ndjson").touch()
    assert [(source, day) for source, day, _ in race_files(tmp_path)] == [
        ("x", DAY - timedelta(days=1)),
        ("a", DAY),
        ("x", DAY),
    ]


def test_the_end_of_a_day_is_in_it():
    assert end_of(DAY).date() == DAY
    assert (end_of(DAY) + timedelta(seconds=1)).date() != DAY


def test_the_frames_of_a_language_are_packed_by_hour():
    frames = [frame(posts, NOON + timedelta(minutes=25 * posts)) for posts in range(6)]
    hours = pack_hours(frames)
    assert list(hours) == ["12", "13", "14"]
    packed = {hour.encode(): block for hour, block in reversed(hours.items())}
    assert unpack_hours(packed) == frames


def test_what_is_damaged_in_an_hour_is_left_out():
    good, other = frame(1), frame(2, NOON + timedelta(hours=1))
    torn = zlib.compress(encode_frames([good]) + b'{"at":"2026')
    assert unpack_hours({b"12": torn, b"11": b"nothing compressed", b"13": pack_hours([other])["13"]}) == [good, other]
    assert unpack_hours({}) == []


def test_of_frames_of_the_same_moment_in_an_hour_the_last_counts():
    assert unpack_hours({b"12": pack_hours([frame(1), frame(2)])["12"]}) == [frame(2)]
