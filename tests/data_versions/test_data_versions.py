"""Small data directories of earlier versions: this one opens each, with equal counts, and goes on."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from collector.log.spool import Spool
from collector.sources.replay.recording import recording_name
from contract.closed_day import closed_days
from contract.data_version import claim_data_dir
from contract.files import counts_folder, spool_folder
from streaming.aggregate.deltas import batch_of, batch_rows
from streaming.days.lifecycle import written_days
from streaming.source.lines import parse
from streaming.state.snapshot import Snapshot
from streaming.state.sqlite import COUNTS_FILE
from streaming.state.store import CountsStore
from tests.data_versions.make import ROOT, unpack
from tests.data_versions.recording import FIRST, POSTS, SECOND, expected, write_recording

FOLDER = Path(__file__).parent
VERSIONS = sorted(FOLDER.glob("*.tar.zst"))
DAYS = [FIRST.date(), SECOND.date()]
ONE_MORE = b'{"id":"new","created_at":"2026-09-01T11:00:00Z","lang":"en","hashtags":["new"],"spellings":["New"]}\n'


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name.removesuffix(".tar.zst"))
def data_dir(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    unpack(request.param, tmp_path / "var")
    claim_data_dir(tmp_path / "var")
    return tmp_path / "var"


@pytest.fixture
def source(tmp_path: Path) -> str:
    return f"replay-{recording_name(write_recording(tmp_path))}"


def in_all_languages(rows: list[dict]) -> dict[str, int]:
    return {row["key"]: row["posts"] for row in rows if row["language"] == "*" and row["key"]}


def test_each_released_layout_has_a_small_directory():
    names = {path.name.removesuffix(".tar.zst") for path in VERSIONS}
    assert names >= {"2026-11-23-ff16ac8", "2026-11-29-0.1.0"}
    assert all(path.stat().st_size < 50_000 for path in VERSIONS)


def test_the_spool_opens_at_its_end_with_every_post(data_dir, source):
    spool = Spool(spool_folder(data_dir, source), source, 2**30)
    lines = b"".join(spool.read(0, spool.committed.end)).splitlines()
    assert len(lines) == spool.committed.counts.posts == 2 * POSTS
    assert spool.committed.counts.dropped == {"duplicate": POSTS}
    spool.close()


def test_the_counts_open_at_their_offset_are_equal_and_count_on(data_dir, source):
    path = counts_folder(data_dir, source) / COUNTS_FILE
    spool = Spool(spool_folder(data_dir, source), source, 2**30)
    written = written_days(data_dir, source, spool.status().days)
    store = CountsStore(path)
    assert store.position.offset == spool.committed.end
    assert written <= set(DAYS)
    with Snapshot(path) as snapshot:
        for day in snapshot.days():
            counts = {key: count.posts for key, count in snapshot.counts(day, "*") if key}
            assert counts == expected()
    end = spool.committed.end + len(ONE_MORE)
    store.add(batch_of(batch_rows(parse(ONE_MORE), spool.committed.end, end)))
    store.flush()
    with Snapshot(path) as snapshot:
        assert snapshot.position.offset == end
        assert snapshot.count(snapshot.days()[-1], "*", "new").posts == 1
    store.close()
    spool.close()


def test_closed_days_and_the_archive_have_equal_counts(data_dir, source):
    closed = {day: folder for name, day, folder in closed_days(data_dir) if name == source}
    archived = {
        path.parent.parent.name: path for path in data_dir.glob(f"archive/day=*/source={source}/counts.parquet")
    }
    assert sorted(closed) == DAYS
    assert sorted(archived) == [f"day={day}" for day in DAYS]
    for path in (*closed.values(), *archived.values()):
        rows = pq.ParquetFile(path if path.is_file() else path / "counts.parquet").read().to_pylist()
        assert in_all_languages(rows) == expected()
        assert {row["posts"] for row in rows if row["language"] == "*" and not row["key"]} == {POSTS}


def test_the_database_is_migrated_and_the_archive_finds_nothing_missing(data_dir, source):
    own = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
    for command in (["migrate", "--noinput", "--verbosity=0"], ["archive"]):
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=own | {"DATA_DIR": str(data_dir)},
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(data_dir / "trendsite.sqlite3")) as database:
        days = database.execute("SELECT id, date, source FROM history_day ORDER BY date").fetchall()
        assert [(date, name) for _, date, name in days] == [(str(day), source) for day in DAYS]
        for row, *_ in days:
            counts = database.execute(
                "SELECT key, posts FROM history_daycount WHERE day_id = ? AND language = '*'", (row,)
            )
            assert dict(counts.fetchall()) == expected()
