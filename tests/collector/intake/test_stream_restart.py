"""The restart of a live stream whose clock an earlier version let leap into the future."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.intake.stream_restart import finish_restart, has_leapt, needs_restart, restart_command, restart_stream
from collector.log import Commit
from collector.log.spool import Spool
from contract.files import spool_folder
from contract.post import encode_posts
from tests.collector.log.test_spool import content
from tests.collector.made_up import NOON, post, steady

HOUR = timedelta(hours=1)
FAR = datetime(2038, 1, 19, tzinfo=UTC)
LATER = (FAR - NOON).total_seconds()


@pytest.fixture
def leapt(tmp_path: Path) -> Spool:
    """A stream of the earlier version: two days of posts, twenty posts of 2038, and all days before that closed."""
    spool = Spool(spool_folder(tmp_path, "x"), "x", 2**30, segment_bytes=2_000)
    spool.append(steady(30, start=-86_400), {})
    spool.commit({"received": 30}, 0, NOON - timedelta(days=1), (NOON - timedelta(days=1)).date())
    spool.append(steady(50), {})
    spool.commit({"received": 80}, 0, NOON + timedelta(seconds=50), NOON.date())
    spool.append(steady(20, start=LATER), {"late": 7})
    spool.commit({"received": 100}, 0, FAR + timedelta(seconds=19), FAR.date())
    return spool


@pytest.mark.parametrize(
    ("clock", "written", "now", "expected"),
    [
        (FAR, NOON, NOON + HOUR, True),
        (NOON + timedelta(days=2), NOON, NOON, True),
        # The stream is right, or the clock of the machine that wrote it stood in 2038.
        (NOON, NOON, NOON, False),
        (FAR, FAR, NOON, False),
        (FAR, None, NOON, False),
        (None, NOON, NOON, False),
        # The stream is ahead, but its day is open.
        (NOON + 6 * HOUR, NOON, NOON, False),
        # The machine has not set its clock yet.
        (NOON, NOON, datetime(1970, 1, 1, tzinfo=UTC), False),
    ],
)
def test_a_stream_has_leapt_if_it_closed_days_of_the_future_when_it_was_written(clock, written, now, expected):
    assert has_leapt(Commit(clock=clock), written, now, HOUR) is expected


def test_a_machine_set_back_that_writes_and_restarts_does_not_restart_its_stream(tmp_path: Path):
    spool = Spool(spool_folder(tmp_path, "x"), "x", 2**30, segment_bytes=1)
    now = datetime.now(UTC)
    later = (now + timedelta(days=10)).timestamp()
    spool.append(steady(5, start=later - NOON.timestamp()), {})
    spool.commit({"received": 5}, 0, now + timedelta(days=10), now.date() + timedelta(days=10))
    (log,) = spool.folder.glob("*.commits")
    os.utime(log, (later, later))
    spool.close()
    for dropped in (1, 2):
        again = Spool(spool.folder, "x", 2**30, segment_bytes=1)
        again.append([], {"future": dropped})
        again.commit({"received": 5 + dropped}, 0, again.committed.clock, now.date() + timedelta(days=10))
        assert not needs_restart(again, now, HOUR)
        again.close()


def test_the_new_stream_has_the_posts_of_today_the_drops_and_the_cursor(tmp_path: Path, leapt: Spool):
    now = NOON + 2 * HOUR
    before, stream_id = leapt.committed, leapt.status().stream_id
    spool = restart_stream(leapt, tmp_path, 2**30, now, HOUR)
    assert content(spool) == encode_posts(steady(50))
    committed = spool.committed
    assert (committed.cursor, committed.skip, committed.counts.dropped) == (before.cursor, 0, before.counts.dropped)
    assert (committed.counts.posts, list(committed.days), committed.clock) == (
        50,
        [NOON.date()],
        NOON + timedelta(seconds=49),
    )
    assert spool.status().stream_id != stream_id
    assert not has_leapt(committed, spool.written_at, now, HOUR)
    (aside,) = (tmp_path / "spool").glob("x.leapt-*")
    spool.close()
    assert len(content(Spool(aside, "x", 2**30))) == before.end


def test_a_restart_may_be_requested_after_a_wrong_machine_clock(tmp_path: Path, leapt: Spool):
    now = FAR + timedelta(days=1)
    assert not needs_restart(leapt, now, HOUR)
    subprocess.run(restart_command(leapt.folder), shell=True, check=True, cwd=tmp_path)
    assert needs_restart(leapt, now, HOUR)
    assert not needs_restart(restart_stream(leapt, tmp_path, 2**30, NOON + HOUR, HOUR), NOON + HOUR, HOUR)


def test_a_crash_between_the_two_renames_is_finished_by_the_next_start(tmp_path: Path, leapt: Spool, monkeypatch):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    folder = leapt.folder
    with monkeypatch.context() as patch:
        patch.setattr("collector.intake.stream_restart.finish_restart", killed)
        with pytest.raises(KeyboardInterrupt):
            restart_stream(leapt, tmp_path, 2**30, NOON + HOUR, HOUR)
    assert not folder.exists()
    finish_restart(folder, tmp_path)
    assert content(Spool(folder, "x", 2**30)) == encode_posts(steady(50))


def test_a_crash_during_the_copy_changes_nothing(tmp_path: Path, leapt: Spool, monkeypatch):
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("collector.intake.stream_restart._posts_between", killed)
        with pytest.raises(KeyboardInterrupt):
            restart_stream(leapt, tmp_path, 2**30, NOON + HOUR, HOUR)
    leapt.close()
    finish_restart(leapt.folder, tmp_path)
    again = Spool(leapt.folder, "x", 2**30)
    assert again.committed.clock == FAR + timedelta(seconds=19)
    assert content(restart_stream(again, tmp_path, 2**30, NOON + HOUR, HOUR)) == encode_posts(steady(50))


def test_a_crash_before_the_old_name_is_free_repeats_the_restart(tmp_path: Path, leapt: Spool):
    left = leapt.folder.with_name(f"{leapt.folder.name}.anew")
    left.mkdir()
    (left / "segment").write_text("of the start before")
    assert content(restart_stream(leapt, tmp_path, 2**30, NOON + HOUR, HOUR)) == encode_posts(steady(50))


def test_a_day_outside_the_log_begins_with_the_next_post(tmp_path: Path, leapt: Spool):
    spool = restart_stream(leapt, tmp_path, 2**30, NOON + timedelta(days=3), HOUR)
    assert (spool.committed.end, spool.committed.days) == (0, {})
    spool.append([post(3 * 86_400)], {})
    spool.commit({"received": 101}, 0, NOON + timedelta(days=3), NOON.date() + timedelta(days=3))
    assert spool.committed.counts.posts == 1
