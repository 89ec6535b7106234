"""The spool: committed posts stay, byte for byte, through crashes and full disks."""

import errno
import itertools
import os
import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from collector.log import Commit, LogCorruptionError, OffsetError
from collector.log.spool import Spool
from contract.gap import Gap
from contract.post import encode_posts
from contract.socket_protocol import DaySpan
from tests.collector.made_up import NOON, steady

LONG_AGO = date(2000, 1, 1)
DAY = NOON.date()


def open_spool(folder: Path, max_bytes: int = 2**30, segment_bytes: int = 2**20) -> Spool:
    return Spool(folder / "spool", "test", max_bytes, segment_bytes)


def add(spool: Spool, posts, cursor=None, open_from: date = LONG_AGO) -> bytes:
    spool.append(posts, {})
    spool.commit(cursor or {"at": len(posts)}, 0, posts[-1].created_at, open_from)
    return encode_posts(posts)


def content(spool: Spool) -> bytes:
    return b"".join(spool.read(spool.first_offset, spool.committed.end))


def test_committed_posts_survive_a_restart(tmp_path):
    spool = open_spool(tmp_path)
    spool.append(steady(2), {"malformed": 3})
    spool.commit({"at": 7}, 1, NOON, LONG_AGO)
    before = spool.committed
    spool.close()
    again = open_spool(tmp_path)
    assert again.committed == before
    assert (before.cursor, before.skip, before.counts.posts, before.counts.dropped) == (
        {"at": 7},
        1,
        2,
        {"malformed": 3},
    )
    assert content(again) == encode_posts(steady(2))


def test_on_macos_which_has_no_fdatasync_posts_are_committed_as_well(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "fdatasync")
    spool = open_spool(tmp_path)
    assert add(spool, steady(10)) == content(spool)
    spool.close()


def test_only_committed_bytes_are_served(tmp_path):
    spool = open_spool(tmp_path)
    expected = add(spool, steady(3))
    spool.append(steady(5), {})
    assert content(spool) == expected
    with pytest.raises(OffsetError):
        spool.lines_between(0, len(expected) + 1)


def test_a_torn_tail_is_truncated(tmp_path):
    spool = open_spool(tmp_path)
    expected = add(spool, steady(3))
    data, log = spool._segments[0].path, spool._segments[0].log_path
    spool.close()
    data.write_bytes(data.read_bytes() + b'{"id":"torn')
    log.write_bytes(log.read_bytes() + b"00000000 [12")
    again = open_spool(tmp_path)
    assert content(again) == expected
    expected += add(again, steady(2, start=10))
    again.close()
    assert content(open_spool(tmp_path)) == expected


def test_a_segment_torn_at_its_very_start_is_removed(tmp_path):
    spool = open_spool(tmp_path, segment_bytes=1)
    expected = add(spool, steady(3))
    spool.close()
    (tmp_path / "spool" / f"{len(expected):020d}.ndjson").write_bytes(b'{"id"')
    (tmp_path / "spool" / f"{len(expected):020d}.commits").touch()
    again = open_spool(tmp_path, segment_bytes=1)
    assert content(again) == expected
    expected += add(again, steady(1, start=50))
    assert content(again) == expected


@pytest.mark.parametrize("which", ["path", "log_path"])
def test_damage_in_the_middle_stops_with_the_files_name(tmp_path, which):
    spool = open_spool(tmp_path)
    add(spool, steady(3))
    add(spool, steady(3, start=5))
    path = getattr(spool._segments[0], which)
    spool.close()
    damaged = bytearray(path.read_bytes())
    damaged[20] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(LogCorruptionError, match=path.name):
        open_spool(tmp_path)


@pytest.mark.parametrize(
    ("segment", "missing", "said"),
    [
        (1, ["path", "log_path"], "next segment begins at"),
        (1, ["path"], "ndjson is missing"),
        (2, ["path"], "ndjson is missing"),
        (2, ["log_path"], "commits is missing"),
    ],
)
def test_a_missing_file_stops_with_the_command_that_begins_anew(tmp_path, segment, missing, said):
    spool = open_spool(tmp_path, segment_bytes=1)
    for i in range(3):
        add(spool, steady(2, start=10 * i))
    for name in missing:
        getattr(spool._segments[segment], name).unlink()
    spool.close()
    with pytest.raises(LogCorruptionError, match=said) as stopped:
        open_spool(tmp_path)
    command = str(stopped.value).rpartition("anew: ")[2]
    subprocess.run(command, shell=True, check=True)
    begun = open_spool(tmp_path)
    assert begun.committed.end == 0
    assert len(list((tmp_path / "spool.damaged").glob("*.ndjson"))) >= 2


def test_the_log_of_the_oldest_segment_left_by_a_removal_is_removed(tmp_path):
    spool = open_spool(tmp_path, segment_bytes=1)
    for i in range(2):
        add(spool, steady(2, start=10 * i))
    oldest = spool._segments[0]
    spool.close()
    oldest.path.unlink()
    assert open_spool(tmp_path).first_offset == oldest.end
    assert not oldest.log_path.exists()


def test_a_crash_during_the_creation_of_a_segment_leaves_nothing_behind(tmp_path):
    spool = open_spool(tmp_path, segment_bytes=1)
    expected = add(spool, steady(2))
    spool.close()
    for suffix in ("ndjson", "commits"):
        (tmp_path / "spool" / f"{len(expected):020d}.{suffix}").touch()
        again = open_spool(tmp_path, segment_bytes=1)
        assert (content(again), len(list((tmp_path / "spool").iterdir()))) == (expected, 3)
        again.close()


def test_hours_with_only_drops_leave_the_commit_log_short(tmp_path):
    spool = open_spool(tmp_path, segment_bytes=2_000)
    for i in range(200):
        spool.append([], {"untracked": 1})
        spool.commit({"at": i}, 0, None, LONG_AGO)
    expected = add(spool, steady(2), cursor={"at": 200})
    spool.close()
    again = open_spool(tmp_path)
    assert (content(again), again.committed.counts.dropped) == (expected, {"untracked": 200})
    assert again.disk_bytes < 3_000


def opened_or_refused(folder: Path) -> tuple[Spool | None, str]:
    try:
        return open_spool(folder), ""
    except LogCorruptionError as error:
        return None, str(error)


def damaged_at_random(rng: random.Random, path: Path) -> None:
    data = bytearray(path.read_bytes())
    place = rng.randrange(len(data))
    if rng.random() < 0.5:
        del data[place:]
    else:
        data[place] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


@pytest.mark.parametrize("seed", range(100))
def test_any_damage_to_the_last_segment_stops_or_leaves_all_whole_commits(tmp_path, seed):
    rng = random.Random(seed)
    spool = open_spool(tmp_path, segment_bytes=1_500)
    states, before_last = [(b"", Commit())], 0
    for i in range(rng.randrange(2, 12)):
        segments = len(spool._segments)
        added = add(spool, steady(rng.randrange(1, 6), start=100 * i), cursor={"at": i})
        before_last = i if len(spool._segments) > segments else before_last
        states.append((states[-1][0] + added, spool.committed))
    last = spool._segments[-1]
    spool.close()
    records = last.log_path.read_bytes().splitlines(keepends=True)
    damaged_at_random(rng, rng.choice([last.path, last.log_path]))
    left = last.log_path.read_bytes().splitlines(keepends=True)
    again, refusal = opened_or_refused(tmp_path)
    if again is None:
        assert last.path.stem in refusal
        assert "begin anew: mv " in refusal
    else:
        whole = sum(a == b for a, b in zip(records, left, strict=False))
        assert whole < len(records)
        assert (content(again), again.committed) == states[before_last + whole]
        again.close()


def test_a_second_collector_is_refused(tmp_path):
    spool = open_spool(tmp_path)
    folder = tmp_path / "spool"
    program = (
        f"from pathlib import Path; from collector.log.spool import Spool; Spool(Path({str(folder)!r}), 'test', 1)"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "LogInUseError" in other.stderr
    assert "in use by another collector" in other.stderr
    spool.close()
    open_spool(tmp_path).close()


def test_ranges_that_touch_share_no_line_and_lose_none(tmp_path):
    spool = open_spool(tmp_path, segment_bytes=200)
    expected = b"".join(add(spool, steady(3, start=10 * i)) for i in range(4))
    for step in (1, 7, 100, 1_000):
        cuts = [*range(0, len(expected), step), len(expected)]
        parts = []
        for start, end in itertools.pairwise(cuts):
            low, high = spool.lines_between(start, end)
            lines = b"".join(spool.read(low, high))
            assert lines == b"" or (lines.endswith(b"\n") and start <= low < end)
            parts.append(lines)
        assert b"".join(parts) == expected


def test_released_segments_are_deleted_beyond_the_limit_and_unreleased_ones_stay(tmp_path):
    spool = open_spool(tmp_path, max_bytes=1, segment_bytes=1)
    first = add(spool, steady(2))
    second = add(spool, steady(2, start=10))
    add(spool, steady(2, start=20))
    assert spool.first_offset == 0
    spool.release(len(first) + 3)
    add(spool, steady(1, start=30))
    assert spool.first_offset == len(first)
    with pytest.raises(OffsetError):
        spool.lines_between(0, len(first) + 1)
    spool.release(len(first) + len(second))
    add(spool, steady(1, start=40))
    spool.close()
    again = open_spool(tmp_path, max_bytes=1, segment_bytes=1)
    assert again.first_offset == len(first) + len(second)
    assert again.status().first_offset == again.first_offset


def test_a_release_beyond_the_end_is_refused_and_never_steps_back(tmp_path):
    spool = open_spool(tmp_path)
    add(spool, steady(2))
    with pytest.raises(OffsetError):
        spool.release(10_000)
    spool.release(20)
    spool.release(10)
    spool.commit({"at": 2}, 0, NOON, LONG_AGO)
    assert spool.committed.released == 20


NEXT = DAY + timedelta(days=1)


def test_days_begin_close_and_leave_the_status_when_they_are_recorded(tmp_path):
    spool = open_spool(tmp_path)
    today = add(spool, steady(2))
    tomorrow = add(spool, steady(2, start=86_400))
    assert spool.status().days == {DAY: DaySpan(0), NEXT: DaySpan(len(today))}
    later = add(spool, steady(1, start=90_000), open_from=NEXT)
    end = len(today + tomorrow + later)
    assert spool.status().days[DAY] == DaySpan(0, end)
    add(spool, steady(1, start=90_001), open_from=NEXT)
    spool.release(end, [DAY])
    assert list(spool.status().days) == [NEXT]
    spool.commit({"at": 9}, 0, NOON, NEXT)
    spool.close()
    assert list(open_spool(tmp_path).status().days) == [NEXT]


def test_no_release_removes_a_closed_day_that_is_not_recorded(tmp_path):
    spool = open_spool(tmp_path, max_bytes=1, segment_bytes=1)
    add(spool, steady(2))
    closed = add(spool, steady(2, start=86_400), open_from=NEXT)
    end = spool.committed.end
    beyond = add(spool, steady(2, start=90_000), open_from=NEXT)
    for _ in range(3):
        spool.release(spool.committed.end)
        spool.commit({"at": 9}, 0, NOON, NEXT)
    assert spool.status().days[DAY] == DaySpan(0, end)
    # The posts after the day's end stay, although they are released.
    assert spool.first_offset <= end
    spool.close()
    again = open_spool(tmp_path, max_bytes=1, segment_bytes=1)
    assert again.status().days[DAY] == DaySpan(0, end)
    again.release(end, [DAY])
    assert DAY not in again.status().days
    again.release(again.committed.end)
    assert again.committed.end == end + len(beyond)
    assert closed


def test_only_a_closed_day_whose_end_is_released_is_recorded(tmp_path):
    spool = open_spool(tmp_path)
    end = len(add(spool, steady(2)))
    spool.release(end, [DAY, NEXT])
    assert list(spool.status().days) == [DAY]
    add(spool, steady(1, start=10))
    closed_at = spool.committed.end
    spool.commit({"at": 9}, 0, NOON, NEXT)
    spool.release(end, [DAY])
    assert spool.status().days == {DAY: DaySpan(0, closed_at)}
    spool.release(closed_at, [DAY])
    assert spool.status().days == {}


def test_a_closed_day_stays_in_the_status_until_it_is_recorded(tmp_path):
    spool = open_spool(tmp_path)
    end = len(add(spool, steady(2)))
    spool.release(end)
    spool.append([], {"untracked": 200})
    spool.commit({"at": 9}, 0, NOON + timedelta(days=1), NEXT)
    assert spool.status().days == {DAY: DaySpan(0, end)}
    spool.release(end, [DAY])
    spool.commit({"at": 9}, 0, NOON + timedelta(days=1), NEXT)
    spool.close()
    assert open_spool(tmp_path).status().days == {}


def test_a_commit_without_news_writes_nothing(tmp_path):
    spool = open_spool(tmp_path)
    add(spool, steady(2), cursor={"at": 2})
    size = spool.disk_bytes
    spool.commit({"at": 2}, 0, steady(2)[-1].created_at, LONG_AGO)
    assert spool.disk_bytes == size


def test_a_commit_that_fails_halfway_is_whole_after_a_retry(tmp_path, monkeypatch):
    spool = open_spool(tmp_path)
    expected = add(spool, steady(2))
    real, calls = os.pwrite, []

    def full_after_ten_bytes(handle, data, position):
        calls.append(len(data))
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data[:10], position)

    spool.append(steady(3, start=10), {"malformed": 1})
    monkeypatch.setattr(os, "pwrite", full_after_ten_bytes)
    with pytest.raises(OSError, match="No space"):
        spool.commit({"at": 5}, 0, NOON, LONG_AGO)
    assert content(spool) == expected
    assert spool._segments[0].path.stat().st_size == len(expected)
    monkeypatch.setattr(os, "pwrite", real)
    spool.commit({"at": 5}, 0, NOON, LONG_AGO)
    expected += encode_posts(steady(3, start=10))
    assert content(spool) == expected
    assert (spool.committed.counts.posts, spool.committed.counts.dropped) == (5, {"malformed": 1})
    spool.close()
    assert content(open_spool(tmp_path)) == expected


def test_gaps_stay_until_their_day_is_closed_and_recorded(tmp_path):
    gap = Gap(NOON, NOON + timedelta(minutes=1), "silence")
    spool = open_spool(tmp_path)
    spool.append(steady(2), {}, [gap])
    spool.commit({"at": 2}, 0, NOON, DAY)
    spool.append(steady(1, start=86_400), {})
    spool.commit({"at": 3}, 0, NOON + timedelta(days=1), DAY + timedelta(days=1))
    assert spool.committed.gaps == (gap,)
    spool.release(spool.committed.end, [DAY])
    spool.commit({"at": 3}, 0, NOON + timedelta(days=1), DAY + timedelta(days=1))
    assert spool.committed.gaps == ()


def test_a_gap_alone_is_committed(tmp_path):
    spool = open_spool(tmp_path)
    add(spool, steady(1), {"at": 1})
    gap = Gap(NOON, NOON + timedelta(minutes=1), "silence")
    spool.append([], {}, [gap])
    spool.commit({"at": 1}, 0, NOON, LONG_AGO)
    spool.close()
    assert open_spool(tmp_path).committed.gaps == (gap,)


def test_a_commit_of_an_earlier_version_has_no_gaps():
    earlier = msgspec.json.encode(msgspec.to_builtins(Commit(end=7))[:-1])
    assert msgspec.json.decode(earlier, type=Commit) == Commit(end=7)
