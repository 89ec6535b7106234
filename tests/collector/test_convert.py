"""Recordings to the files of posts of a backfill."""

import gzip
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
import zstandard

from collector import convert as convert_module
from collector.convert import RecordingReader, convert, source_name
from collector.sources.replay.recording import RecordingError
from collector.sources.replay.source import ReplaySource
from contract.backfill import CONVERSION, posts_files, read_conversion
from contract.post import MAX_LINE_BYTES, Post
from tests.collector.made_up import HASH_AUTHOR, NOON, recorded

ROOT = Path(__file__).resolve().parents[2]


def write(path: Path, *lines: str | bytes) -> Path:
    content = b"".join(line + b"\n" for line in (line.encode() if isinstance(line, str) else line for line in lines))
    packed = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}.get(path.suffix, bytes)(content)
    path.write_bytes(packed)
    return path


def posts_in(folder: Path) -> list[Post]:
    lines = [line for path in posts_files(folder) for line in path.read_bytes().splitlines()]
    return [msgspec.json.decode(line, type=Post) for line in lines]


def quietly(_line: str) -> None:
    """Report nothing."""


def test_recordings_of_every_kind_become_posts_in_their_order(tmp_path):
    recordings = [
        write(tmp_path / "c.ndjson", recorded(1, NOON, lang="iw", hashtags=["#Tea", "TEA", "Straße"])),
        write(tmp_path / "a.ndjson.gz", recorded(2, NOON + timedelta(days=2)), "", recorded(3, NOON)),
        write(tmp_path / "b.jsonl.zst", recorded(4, NOON - timedelta(days=400))),
    ]
    conversion = convert(recordings, tmp_path / "into", RecordingReader(None, HASH_AUTHOR), quietly)
    posts = posts_in(tmp_path / "into")
    assert [post.id for post in posts] == ["r1", "r2", "r3", "r4"]
    assert (posts[0].lang, posts[0].hashtags, posts[0].spellings) == ("he", ["tea", "strasse"], ["Tea", "Straße"])
    assert conversion.days == {date(2025, 1, 28): 1, date(2026, 3, 4): 2, date(2026, 3, 6): 1}
    assert conversion.dropped == {}
    assert read_conversion(tmp_path / "into") == conversion


def test_posts_that_are_dropped_live_are_dropped_and_counted(tmp_path):
    many = [f"tag{number}" for number in range(70)]
    recording = write(
        tmp_path / "a.ndjson",
        "no post",
        b"\xff\xfe",
        recorded(1, NOON, lang="en", hashtags=many, author="ann"),
        recorded(2, NOON, lang="ja"),
        recorded(3, NOON, created_at="2026-03-04T12:00:00"),
        recorded(4, NOON, text="x" * MAX_LINE_BYTES),
    )
    conversion = convert([recording], tmp_path / "into", RecordingReader({"en"}, HASH_AUTHOR), quietly)
    assert conversion.dropped == {"malformed": 3, "excess_hashtags": 6, "untracked": 1, "too_long": 1}
    assert [(post.hashtags, post.author) for post in posts_in(tmp_path / "into")] == [
        (many[:64], HASH_AUTHOR("ann", NOON))
    ]


def test_files_are_bounded_and_have_whole_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(convert_module, "POSTS_FILE_BYTES", 600_000)
    lines = [recorded(number, NOON) for number in range(12_000)]
    convert([write(tmp_path / "a.ndjson", *lines)], tmp_path / "into", RecordingReader(None, HASH_AUTHOR), quietly)
    sizes = [path.stat().st_size for path in posts_files(tmp_path / "into")]
    assert len(sizes) > 1
    assert max(sizes) <= 600_000
    assert [post.id for post in posts_in(tmp_path / "into")] == [f"r{number}" for number in range(12_000)]


def test_converting_again_removes_the_earlier_posts(tmp_path):
    into = tmp_path / "into"
    convert(
        [write(tmp_path / "a.ndjson", *(recorded(n, NOON) for n in range(9)))],
        into,
        RecordingReader(None, HASH_AUTHOR),
        quietly,
    )
    (into / "posts-00007.ndjson").write_text("left by one that was killed")
    convert([write(tmp_path / "b.ndjson", recorded(1, NOON))], into, RecordingReader(None, HASH_AUTHOR), quietly)
    assert [post.id for post in posts_in(into)] == ["r1"]


def test_a_damaged_recording_leaves_an_incomplete_folder(tmp_path):
    recording = write(tmp_path / "a.ndjson.gz", *(recorded(n, NOON) for n in range(99)))
    convert([recording], tmp_path / "into", RecordingReader(None, HASH_AUTHOR), quietly)
    recording.write_bytes(recording.read_bytes()[:-20])
    with pytest.raises(RecordingError, match=r"a\.ndjson\.gz cannot be read further"):
        convert([recording], tmp_path / "into", RecordingReader(None, HASH_AUTHOR), quietly)
    assert not (tmp_path / "into" / CONVERSION).exists()


def test_one_recording_is_named_as_its_replay_and_several_by_their_contents(tmp_path):
    one = write(tmp_path / "My posts.ndjson", recorded(1, NOON))
    two = write(tmp_path / "two.ndjson", recorded(2, NOON))
    assert source_name([one]) == ReplaySource(one, speed=0, shift_to_now=False, hash_author=HASH_AUTHOR).name
    assert source_name([one, one]) == source_name([one])
    assert source_name([one, two]) == source_name([two, one])
    assert source_name([one, two]).startswith("replay-2-files-")
    before = source_name([one, two])
    write(two, recorded(3, NOON))
    assert source_name([one, two]) != before


def test_progress_is_reported_every_few_seconds(tmp_path):
    lines = [recorded(number, NOON, text="x" * 1_000) for number in range(1_000)]
    recording = write(tmp_path / "a.ndjson", *lines)
    ticks, said = iter(range(0, 1_000, 2)), []
    convert([recording], tmp_path / "into", RecordingReader(None, HASH_AUTHOR), said.append, lambda: float(next(ticks)))
    assert 1 <= len(said) <= 3
    assert said[0].startswith("reading a.ndjson: ")
    assert said[0].endswith(" posts in all")


def typed(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector.convert", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)


def test_the_command_uses_the_tracked_languages(tmp_path):
    (tmp_path / "tracked_languages.json").write_text(json.dumps({"languages": ["ja"]}))
    recording = write(tmp_path / "a.ndjson", *(recorded(number, NOON) for number in range(4)))
    done = typed(recording, "--into", tmp_path / "into", DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert [post.id for post in posts_in(tmp_path / "into")] == ["r1"]
    assert read_conversion(tmp_path / "into").dropped == {"untracked": 3}


def test_authors_are_the_same_within_a_day_of_a_run_and_no_key_stays(tmp_path):
    moments = [NOON, NOON, NOON + timedelta(days=1)]
    lines = [recorded(number, moment, author="ann") for number, moment in enumerate(moments)]
    recordings = [write(tmp_path / "a.ndjson", lines[0]), write(tmp_path / "b.ndjson", *lines[1:])]
    runs = []
    for into in ("one", "other"):
        assert typed(*recordings, "--into", tmp_path / into, DATA_DIR=str(tmp_path)).returncode == 0
        runs.append([post.author for post in posts_in(tmp_path / into)])
    for today, of_the_same_day, tomorrow in runs:
        assert today == of_the_same_day != tomorrow
    assert not set(runs[0]) & set(runs[1])
    assert {path.name for path in tmp_path.iterdir()} == {"a.ndjson", "b.ndjson", "one", "other"}


def test_every_format_is_read_and_trailing_garbage_is_reported(tmp_path):
    x = {"id": "5", "created_at": "2026-03-04T12:00:00Z", "text": "#Tea", "entities": {"hashtags": [{"tag": "Tea"}]}}
    array = write(tmp_path / "a.json", json.dumps([x, {"data": [x | {"id": "6"}]}], indent=1))
    packed = write(tmp_path / "b.ndjson.gz", recorded(7, NOON))
    packed.write_bytes(packed.read_bytes() + b"garbage")
    said: list[str] = []
    conversion = convert([array, packed], tmp_path / "into", RecordingReader(None, HASH_AUTHOR), said.append)
    assert [post.id for post in posts_in(tmp_path / "into")] == ["x:5", "x:6", "r7"]
    assert (conversion.dropped, said) == ({}, ["b.ndjson.gz is read to the end of its gzip data: garbage follows"])


def test_recordings_without_readable_posts_are_one_line_and_a_single_one_is_reported(tmp_path):
    bad = write(tmp_path / "bad.csv", "id,created_at", "1,2")
    words = "The recording contains no readable posts: the first line of bad.csv is not JSON"
    with pytest.raises(RecordingError, match=words):
        convert([bad], tmp_path / "into", RecordingReader(None, HASH_AUTHOR), quietly)
    assert not (tmp_path / "into" / CONVERSION).exists()
    said: list[str] = []
    convert(
        [bad, write(tmp_path / "a.ndjson", recorded(1, NOON))],
        tmp_path / "into",
        RecordingReader(None, HASH_AUTHOR),
        said.append,
    )
    assert said == [words]


def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    done = typed(tmp_path / "pipe", "--into", tmp_path / "into", DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (1, "collector: pipe is not a regular file: give a file of posts\n")


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    done = typed(tmp_path / "no.ndjson", "--into", tmp_path / "into", DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"collector: {tmp_path}/no.ndjson: No such file or directory\n"
