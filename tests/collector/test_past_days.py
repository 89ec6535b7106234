"""The days before the simulator's first start: which they are, and their posts."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from collector.past_days import POSTS_PER_DAY, days_before, oldest_day, write_days
from collector.sources.simulator.posts import posts_of_tick
from contract.backfill import posts_files, read_conversion
from contract.post import Post
from tests.collector.log.test_spool import add, open_spool
from tests.collector.made_up import NOON, post

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 3, 4)
DAYS = [TODAY - timedelta(days=2), TODAY - timedelta(days=1)]


def posts_in(folder: Path) -> list[list[Post]]:
    decoder = msgspec.json.Decoder(Post)
    return [decoder.decode_lines(path.read_bytes()) for path in posts_files(folder)]


@pytest.mark.parametrize(
    ("ran_from", "number"), [(None, 7), (TODAY, 7), (TODAY - timedelta(days=2), 5), (TODAY - timedelta(days=9), 0)]
)
def test_days_on_which_the_stream_ran_and_those_after_them_are_left_out(ran_from, number):
    days = days_before(TODAY, 7, ran_from)
    assert days == [TODAY - timedelta(days=7 - i) for i in range(number)]


def test_the_oldest_post_of_a_log_tells_since_when_it_ran(tmp_path):
    assert oldest_day(tmp_path / "none") is None
    spool = open_spool(tmp_path)
    assert oldest_day(spool.folder) is None
    add(spool, [post(), post(86_400)])
    assert oldest_day(spool.folder) == NOON.date()


def test_a_log_without_its_beginning_may_have_had_posts_of_every_day(tmp_path):
    spool = open_spool(tmp_path)
    add(spool, [post()])
    (path,) = spool.folder.glob("*.ndjson")
    path.rename(path.with_name(f"{spool.committed.end:020}.ndjson"))
    ran_from = oldest_day(spool.folder)
    assert ran_from == date.min
    assert days_before(TODAY, 28, ran_from) == []


def test_each_day_has_about_so_many_posts_of_its_own_and_a_rhythm(tmp_path):
    lines: list[str] = []
    conversion = write_days(DAYS, tmp_path, 1, None, lines.append)
    assert read_conversion(tmp_path) == conversion
    posts = posts_in(tmp_path)
    assert [len(of_day) for of_day in posts] == list(conversion.days.values())
    assert all(0.95 < len(of_day) / POSTS_PER_DAY < 1.05 for of_day in posts)
    assert [{one.created_at.date() for one in of_day} for of_day in posts] == [{day} for day in DAYS]
    ids = {one.id for of_day in posts for one in of_day}
    tick = int(datetime(2026, 3, 3, 12, tzinfo=UTC).timestamp()) * 20
    assert len(ids) == sum(conversion.days.values())
    assert not ids & {one.id for one in posts_of_tick(1, 10_000, tick)}
    japanese = Counter(one.created_at.hour for one in posts[0] if one.lang == "ja")
    assert japanese[6] > 3 * japanese[18]
    assert lines[-1] == "Simulating the past days: 2 of 2 invented"


def test_the_same_seed_gives_the_same_days_and_untracked_languages_are_left_out(tmp_path):
    for name, seed, tracked in (("a", 1, None), ("b", 1, None), ("c", 2, None), ("d", 1, {"ja"})):
        (tmp_path / name).mkdir()
        write_days(DAYS[:1], tmp_path / name, seed, tracked, lambda line: None)
    (first,), (same,), (other,), (japanese,) = (posts_in(tmp_path / name) for name in "abcd")
    assert first == same != other
    assert japanese == [one for one in first if one.lang == "ja"]


def test_the_command_writes_the_days_of_the_settings(tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "tracked_languages.json").write_text(json.dumps({"languages": ["el"]}))
    environment = os.environ | {"DATA_DIR": str(tmp_path), "SIMULATOR_PAST_DAYS": "1", "SOURCE": "simulator"}
    command = [sys.executable, "-m", "collector.past_days", str(tmp_path / "posts")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Simulating the past days: 1 of 1 invented\n"
    assert {one.lang for one in posts_in(tmp_path / "posts")[0]} == {"el"}
