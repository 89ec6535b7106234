"""Files of a few posts to closed days without Spark, only where a day is missing."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from contract.backfill import Conversion, posts_file, write_conversion
from contract.closed_day import closed_day_folder, closed_days
from contract.files import counts_folder
from contract.post import Post, encode_posts
from streaming.aggregate.deltas import CountScope, MicroBatch
from streaming.jobs.backfill import backfill
from streaming.jobs.past_days import write_missing_days
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore

ROOT = Path(__file__).resolve().parents[3]
FIRST = date(2026, 11, 20)
DAYS = [FIRST + timedelta(days=i) for i in range(3)]


def posts_of(day: date, number: int = 400) -> list[Post]:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [
        Post(
            f"{day}-{i}",
            begin + timedelta(minutes=3 * i),
            ("en", "ja")[i % 2],
            ["tea", f"cup{i % 7}"][: i % 3],
            ["Tea", f"Cup{i % 7}"][: i % 3],
            f"{i % 50:016x}",
        )
        for i in range(number)
    ]


def leave(folder: Path, days: list[date]) -> Path:
    """Leave a file of posts for each day, as the collector does."""
    folder.mkdir(parents=True)
    for number, day in enumerate(days):
        posts_file(folder, number).write_bytes(encode_posts(posts_of(day)))
    write_conversion(folder, Conversion("simulator", dict.fromkeys(days, 400), {}))
    return folder


def rows(data_dir: Path, day: date) -> list[dict]:
    return pq.read_table(closed_day_folder(data_dir, "simulator", day)).to_pylist()


def test_the_days_equal_those_of_a_backfill_by_spark(spark: SparkSession, tmp_path):
    for name in ("plain", "spark"):
        leave(tmp_path / name / "posts", DAYS)
    lines: list[str] = []
    assert write_missing_days(tmp_path / "plain" / "posts", tmp_path / "plain", lines.append) == DAYS
    backfill(spark.newSession(), tmp_path / "spark", "simulator", tmp_path / "spark" / "posts", lambda line: None)
    for day in DAYS:
        assert rows(tmp_path / "plain", day) == rows(tmp_path / "spark", day) != []
    assert lines[-1] == "Simulating the past days: 3 of 3 counted"


def test_a_day_that_is_closed_or_being_counted_stays_as_it_is(tmp_path):
    folder = leave(tmp_path / "posts", DAYS)
    closed = closed_day_folder(tmp_path, "simulator", DAYS[0])
    closed.mkdir(parents=True)
    (closed / "counts.parquet").write_text("of the stream")
    store = CountsStore(counts_folder(tmp_path, "simulator") / COUNTS_FILE)
    store.begin(0, date.min)
    store.add(MicroBatch(0, 1, None, {CountScope(DAYS[1], "*"): {"": [(0, 0, "", 1, None)]}}))
    store.flush()
    store.close()
    assert write_missing_days(folder, tmp_path, lambda line: None) == [DAYS[2]]
    assert (closed / "counts.parquet").read_text() == "of the stream"
    assert {day for _, day, _ in closed_days(tmp_path)} == {DAYS[0], DAYS[2]}


@pytest.mark.parametrize("lines", [1, 2])
def test_a_run_killed_between_days_is_finished_by_the_next(tmp_path, lines):
    folder = leave(tmp_path / "posts", DAYS)
    command = [sys.executable, "-m", "streaming.jobs.past_days", str(folder)]
    environment = os.environ | {"DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as killed:
        for _ in range(lines):
            killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    leave(tmp_path / "whole" / "posts", DAYS)
    write_missing_days(tmp_path / "whole" / "posts", tmp_path / "whole", lambda line: None)
    assert [rows(tmp_path, day) for day in DAYS] == [rows(tmp_path / "whole", day) for day in DAYS]
    again = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert again.stdout == "0 simulated days with 0 posts\n"


def test_an_incomplete_folder_is_one_line(tmp_path):
    (tmp_path / "posts").mkdir()
    command = [sys.executable, "-m", "streaming.jobs.past_days", str(tmp_path / "posts")]
    environment = os.environ | {"DATA_DIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot be counted" in done.stderr
