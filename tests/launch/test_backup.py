"""A backup of made-up data: what it holds, what it leaves out, and that it always fits together."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.log.spool import Spool
from contract.closed_day import closed_day_folder
from contract.data_version import DATA_VERSION_FILE, claim_data_dir
from contract.environment import Environment
from contract.files import counts_folder, restrict_new_files, spool_folder
from contract.race import race_file
from launch import backup, machine, source_copy
from launch.backup import BackupError, Made, make_backup
from launch.bundle import read_about
from launch.greeter import Terminal
from launch.machine import CannotStartError
from launch.process_environment import ROOT
from launch.restore import restore
from streaming.state.store import CountsStore
from tests.launch.made_up_data import (
    AUTHOR_KEY,
    DAY,
    SOURCE,
    commit,
    count,
    counted,
    counts_path,
    make_data_dir,
    open_spool,
    posts,
)

TERMINAL = Terminal(sys.stdout, live=False)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    make_data_dir(tmp_path / "var")
    claim_data_dir(tmp_path / "var")
    return tmp_path / "var"


def settings(data_dir: Path, **more: str) -> Environment:
    return Environment({"DATA_DIR": str(data_dir), **more})


def saved(data_dir: Path, name: str = "one", *, with_archive: bool = True) -> Made:
    path = data_dir.parent / "backups" / f"{name}.tar.zst"
    return make_backup(settings(data_dir), path, with_archive=with_archive, terminal=TERMINAL)


def restored(made: Made) -> Path:
    """Restore a backup into a new DATA_DIR."""
    other = made.path.with_suffix(".restored")
    restore(settings(other), made.path, TERMINAL)
    return other


def whole_spool(data_dir: Path) -> tuple[bytes, object]:
    spool = open_spool(data_dir)
    try:
        return b"".join(spool.read(spool.first_offset, spool.committed.end)), spool.committed
    finally:
        spool.close()


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_restored_backup_has_the_same_counts_posts_and_closed_days(data_dir):
    made = saved(data_dir)
    other = restored(made)
    assert counted(other) == counted(data_dir)
    assert whole_spool(other) == whole_spool(data_dir)
    before = closed_day_folder(data_dir, SOURCE, DAY.replace(day=3)) / "counts.parquet"
    assert (other / before.relative_to(data_dir)).read_bytes() == before.read_bytes()
    offset, _ = counted(data_dir)
    source = made.about.sources[0]
    assert (source.source, source.counted_offset, source.posts) == (SOURCE, offset, 400)
    assert offset < source.end_offset


def test_counting_goes_on_from_a_restored_backup_to_the_same_counts(data_dir):
    other = restored(saved(data_dir))
    for folder in (data_dir, other):
        spool, store = open_spool(folder), CountsStore(counts_path(folder))
        count(store, spool, spool.committed.end)
        store.close()
        spool.close()
    assert counted(other) == counted(data_dir)
    assert sum(counted(other)[1][DAY, "*", ""]) == 400


def test_a_backup_has_secrets_but_no_key_of_authors_no_log_and_nothing_set_aside(data_dir):
    made = saved(data_dir)
    before = os.umask(0o022)
    try:
        restrict_new_files()
        other = restored(made)
    finally:
        os.umask(before)
    names = files_in(other)
    assert {"secret_key", "collector.secret", DATA_VERSION_FILE, "past-days/done"} <= names
    assert {"dropped/simulator/2026-03-03.json", "dropped/simulator/begun"} <= names
    assert "archive/day=2026-03-03/source=simulator/counts.csv" in names
    assert [name for name in names if name.startswith(("author", "log/", "redis/", "spool/simulator.damaged"))] == []
    assert all(AUTHOR_KEY not in (other / name).read_bytes() for name in names)
    assert all((other / name).stat().st_mode & 0o077 == 0 for name in names)


def test_the_torn_line_of_a_race_is_left_out(data_dir):
    race = race_file(restored(saved(data_dir)), SOURCE, DAY).read_bytes()
    assert race == race_file(data_dir, SOURCE, DAY).read_bytes().rpartition(b"\n")[0] + b"\n"


def test_the_archive_can_be_left_out(data_dir):
    made = saved(data_dir, with_archive=False)
    assert not made.about.has_archive
    assert "left out" in " ".join(made.notes)
    assert not (restored(made) / "archive").exists()


def test_posts_that_are_counted_and_cannot_come_again_are_left_out(data_dir, monkeypatch):
    monkeypatch.setattr(source_copy, "_WINDOW_POSTS", 30)
    other = restored(saved(data_dir))
    spool = open_spool(other)
    offset, _ = counted(other)
    assert 0 < spool.first_offset <= offset
    assert spool.committed.counts.posts == 400
    spool.close()


def test_a_torn_commit_is_left_out(data_dir):
    expected = whole_spool(data_dir)
    last = max(spool_folder(data_dir, SOURCE).glob("*.ndjson"))
    with last.open("ab") as segment, last.with_suffix(".commits").open("ab") as log:
        segment.write(b'{"id":"torn"')
        log.write(b"0badc0de [1")
    assert whole_spool(restored(saved(data_dir))) == expected


def test_the_database_is_copied_while_the_site_writes_to_it(data_dir):
    path = data_dir / "trendsite.sqlite3"
    with closing(sqlite3.connect(path)) as site:
        site.execute("CREATE TABLE people (name TEXT)")
        site.executemany("INSERT INTO people VALUES (?)", [("a person",)] * 5_000)
        site.commit()
        site.execute("INSERT INTO people VALUES ('not committed')")
        with closing(sqlite3.connect(restored(saved(data_dir)) / path.name)) as copy:
            assert copy.execute("SELECT count(*) FROM people").fetchone() == (5_000,)


@pytest.fixture
def busy(data_dir: Path) -> Iterator[threading.Event]:
    """A collector and streaming at work: posts are appended, counted, released, and their segments deleted."""
    stop, moved = threading.Event(), threading.Event()
    spool = open_spool(data_dir, max_bytes=1, segment_bytes=500)

    def work() -> None:
        store = CountsStore(counts_path(data_dir))
        first = 400
        while not stop.is_set():
            commit(spool, posts(10, first))
            first += 10
            if first % 30 == 0:
                count(store, spool, spool.committed.end)
                spool.release(store.durable.offset)
            moved.set()
        store.close()
        spool.close()

    worker = threading.Thread(target=work)
    worker.start()
    assert moved.wait(60)
    yield moved
    stop.set()
    worker.join()


def test_backups_of_busy_files_always_fit_together(data_dir, busy, monkeypatch):
    monkeypatch.setattr(source_copy, "_WINDOW_POSTS", 50)
    monkeypatch.setattr(source_copy, "_ATTEMPTS", 1_000)
    made = []
    for number in range(6):
        busy.clear()
        assert busy.wait(60)
        made.append(saved(data_dir, str(number)))
    for one in made:
        other = restored(one)
        spool, store = open_spool(other), CountsStore(counts_path(other))
        assert spool.first_offset <= store.position.offset <= spool.committed.end
        count(store, spool, spool.committed.end)
        store.close()
        assert sum(counted(other)[1][DAY, "*", ""]) == spool.committed.counts.posts
        spool.close()
    ends = [one.about.sources[0].end_offset for one in made]
    assert ends == sorted(ends)
    assert len(set(ends)) > 1


def test_damaged_counts_end_a_backup_in_one_line_and_leave_no_file(data_dir):
    path = counts_path(data_dir)
    content = bytearray(path.read_bytes())
    content[4_096:8_192] = bytes(4_096)
    path.write_bytes(content)
    with pytest.raises(BackupError, match=r"^no backup was made: .*is damaged") as refused:
        saved(data_dir)
    assert "\n" not in str(refused.value)
    assert [path.suffix for path in (data_dir.parent / "backups").iterdir()] == [".lock"]


def test_counts_of_another_spool_end_a_backup(data_dir):
    for path in spool_folder(data_dir, SOURCE).glob("*"):
        path.unlink()
    commit(spool := open_spool(data_dir), posts(1))
    spool.close()
    with pytest.raises(BackupError, match="ahead of its spool"):
        saved(data_dir)


def test_a_place_inside_data_dir_or_taken_and_a_full_disk_are_refused(data_dir, monkeypatch):
    with pytest.raises(BackupError, match="inside DATA_DIR"):
        make_backup(settings(data_dir), data_dir / "mine", with_archive=True, terminal=TERMINAL)
    saved(data_dir)
    with pytest.raises(BackupError, match="exists already"):
        saved(data_dir)
    monkeypatch.setattr(machine, "free_megabytes", lambda _folder: 0)
    monkeypatch.setattr(machine.require_space, "__defaults__", (machine.free_megabytes,))
    with pytest.raises(CannotStartError, match="the disk is too full: a backup needs"):
        saved(data_dir, "another")


def test_a_folder_without_data_is_refused(tmp_path):
    with pytest.raises(BackupError, match="has no data of Trendsite"):
        saved(tmp_path / "nothing")


def test_a_second_backup_into_one_folder_waits_for_no_one(data_dir):
    with backup._staging(saved(data_dir).path.parent), pytest.raises(BackupError, match="another backup"):
        saved(data_dir, "another")


def make(*arguments: str, data_dir: Path) -> subprocess.Popen[str]:
    """Run the program behind a make target."""
    own = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=own | {"DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_killed_backup_leaves_nothing_and_the_next_one_is_whole(data_dir):
    with (data_dir / "archive" / "large").open("wb") as large:
        large.truncate(1_000_000_000)  # seconds of work, so that the kill comes in the middle of it
    path = data_dir.parent / "backups" / "killed.tar.zst"
    process = make("launch.backup", "--to", str(path), data_dir=data_dir)
    while not (begun := list(path.parent.glob(".unfinished-backup/bundle"))):
        assert process.poll() is None, process.stdout.read()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=180)
    assert begun
    assert not path.exists()
    (data_dir / "archive" / "large").unlink()
    again = make("launch.backup", "--to", str(path), data_dir=data_dir)
    said, _ = again.communicate(timeout=180)
    assert again.returncode == 0, said
    assert f"backup of 0.0 MB: {path}" in said
    assert read_about(path).sources[0].posts == 400
    assert {left.name for left in path.parent.iterdir()} == {path.name, ".unfinished-backup.lock"}


def test_a_spool_without_counts_is_saved_whole(data_dir):
    for path in counts_folder(data_dir, SOURCE).glob("*"):
        path.unlink()
    made = saved(data_dir)
    assert made.about.sources[0].counted_offset is None
    assert whole_spool(restored(made)) == whole_spool(data_dir)


def test_several_sources_are_saved_each_by_itself(data_dir):
    other = Spool(spool_folder(data_dir, "bluesky"), "bluesky", 2**30)
    commit(other, posts(5))
    other.close()
    made = saved(data_dir)
    assert {saved.source: saved.posts for saved in made.about.sources} == {"bluesky": 5, SOURCE: 400}
