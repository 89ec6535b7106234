"""From a source into the spool, exactly once, through crashes and full disks."""

import errno
import itertools
import random
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from collector.ingest import Ingest
from collector.segment import Segment
from collector.sources.source import Batch
from collector.spool import Spool
from tests.collector.made_up import NOON, post, recorded, replay_of, steady, write_recording
from tests.collector.test_spool import content, open_spool

HOUR = timedelta(hours=1)


class Scripted:
    """A source that yields given batches."""

    name = "scripted"
    kind = "simulator"
    repeats = True
    state = None

    def __init__(self, *batches: Batch) -> None:
        self.given = batches

    def batches(self, cursor, stop):
        yield from self.given


def ingest_of(source, spool: Spool, tracked=None) -> Ingest:
    return Ingest(source, spool, HOUR, lambda: tracked, lambda: None)


def replayed(path: Path, folder: Path) -> tuple[bytes, object]:
    spool = open_spool(folder)
    source = replay_of(path)
    ingest = ingest_of(source, spool)
    stop = threading.Event()
    for batch in source.batches(spool.committed.cursor, stop):
        ingest.take(batch)
        if batch.final:
            break
    ingest.commit(stop)
    result = content(spool), spool.committed
    spool.close()
    return result


def test_what_is_not_decided_is_read_again_after_a_crash(tmp_path, monkeypatch):
    monkeypatch.setattr("collector.sources.recorded_lines.BLOCK_BYTES", 1_000)
    lines = [recorded(i, NOON + timedelta(hours=3 * i)) for i in range(300)]
    path = tmp_path / "sparse.ndjson"
    path.write_text("\n".join([*lines[:150], "{broken", *lines[150:]]) + "\n")
    expected, whole = replayed(path, tmp_path / "whole")
    for batches_until_crash in range(1, 32, 3):
        folder = tmp_path / str(batches_until_crash)
        spool = open_spool(folder)
        source = replay_of(path)
        ingest = ingest_of(source, spool)
        for batch in itertools.islice(source.batches(None, threading.Event()), batches_until_crash):
            ingest.take(batch)
            ingest.commit(threading.Event())
        spool.close()
        again, committed = replayed(path, folder)
        assert again == expected
        assert committed.counts == whole.counts
    assert (whole.counts.posts, whole.counts.dropped) == (300, {"malformed": 1})


def test_a_held_post_is_neither_in_the_spool_nor_behind_the_cursor(tmp_path):
    spool = open_spool(tmp_path)
    ingest = ingest_of(Scripted(), spool)
    ingest.take(Batch([*steady(30), post(9_000)], {"at": 31}))
    ingest.commit(threading.Event())
    assert (spool.committed.cursor, spool.committed.skip, spool.committed.counts.posts) == (None, 30, 30)
    ingest.take(Batch([post(31)], {"at": 32}))
    ingest.commit(threading.Event())
    committed = spool.committed
    assert (committed.cursor, committed.skip, committed.counts.dropped) == ({"at": 32}, 0, {"future": 1})


def test_the_tracked_languages_decide(tmp_path):
    spool = open_spool(tmp_path)
    ingest = ingest_of(Scripted(), spool, tracked=frozenset(["ja"]))
    ingest.take(Batch([*steady(30), post(31, lang="ja")], {"at": 31}))
    ingest.commit(threading.Event())
    assert spool.committed.counts.dropped == {"untracked": 30}
    assert b'"ja"' in content(spool)


def test_a_full_disk_blocks_visibly_and_loses_nothing(tmp_path, monkeypatch, caplog):
    path = write_recording(tmp_path / "day.ndjson", 3_000)
    expected, _ = replayed(path, tmp_path / "whole")
    real, failures = Segment.append, []
    monkeypatch.setattr("collector.ingest._FIRST_RETRY_SECONDS", 0.001)
    spool = open_spool(tmp_path)
    ingest = ingest_of(replay_of(path), spool)

    def full_for_a_while(self, data, commit):
        if len(failures) < 3:
            failures.append(ingest.state.state)
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, data, commit)

    monkeypatch.setattr(Segment, "append", full_for_a_while)
    stop = threading.Event()
    for batch in replay_of(path).batches(None, stop):
        ingest.take(batch)
        ingest.commit(stop)
        if batch.final:
            break
    assert content(spool) == expected
    assert failures[1:] == ["blocked", "blocked"]
    assert ingest.state.state != "blocked"
    assert [r.levelname for r in caplog.records if "cannot be written" in r.message] == ["WARNING"]


def test_a_post_that_comes_again_is_counted_once_and_so_is_its_drop(tmp_path):
    lines = [recorded(i % 400, NOON + timedelta(seconds=i)) for i in range(900)]
    path = tmp_path / "again.ndjson"
    path.write_text("\n".join(lines) + "\n")
    content_, committed = replayed(path, tmp_path / "whole")
    assert (content_.count(b"\n"), committed.counts.posts) == (400, 400)
    assert committed.counts.dropped == {"duplicate": 500}


def test_what_is_dropped_is_the_same_whenever_it_crashes(tmp_path, monkeypatch):
    monkeypatch.setattr("collector.duplicates.GENERATION", 100)
    monkeypatch.setattr("collector.sources.recorded_lines.BLOCK_BYTES", 4_000)
    rng = random.Random(5)
    # A far leap now and then makes posts wait for a decision, so that crashes leave some to be skipped.
    lines = [recorded(max(0, i - rng.randrange(300)), NOON + timedelta(seconds=i, hours=i // 150)) for i in range(900)]
    lines[40::17] = [recorded(i, NOON - timedelta(days=2)) for i in range(len(lines[40::17]))]
    path = tmp_path / "again.ndjson"
    path.write_text("\n".join(lines) + "\n")
    expected, whole = replayed(path, tmp_path / "whole")
    assert 100 < whole.counts.dropped["duplicate"] < 500
    assert whole.counts.dropped["late"] == len(lines[40::17])
    for batches_until_crash in range(1, 32, 2):
        folder = tmp_path / str(batches_until_crash)
        spool = open_spool(folder)
        ingest = ingest_of(replay_of(path), spool)
        for batch in itertools.islice(replay_of(path).batches(None, threading.Event()), batches_until_crash):
            ingest.take(batch)
            ingest.commit(threading.Event())
        spool.close()
        again, committed = replayed(path, folder)
        assert (again, committed.counts) == (expected, whole.counts)


def test_a_source_that_does_not_repeat_itself_gets_no_post_in_twice_across_a_restart(tmp_path):
    for _ in range(2):
        spool = open_spool(tmp_path)
        ingest = ingest_of(Scripted(), spool)
        ingest.take(Batch(steady(30), {"at": 31}))
        ingest.commit(threading.Event())
        spool.close()
    assert (spool.committed.counts.posts, spool.committed.counts.dropped) == (30, {"duplicate": 30})


@pytest.mark.parametrize("count", [1, 5, 19])
def test_a_file_of_few_posts_is_ingested_whole(tmp_path, count):
    content_, committed = replayed(write_recording(tmp_path / "few.ndjson", count), tmp_path / "few")
    assert committed.counts.posts == count == content_.count(b"\n")
