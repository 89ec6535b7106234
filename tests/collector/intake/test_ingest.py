"""From a source to the log, exactly once, through crashes and full disks."""

import errno
import gzip
import itertools
import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collector.intake.ingest import CLOSED_UNCONNECTED, Ingest, Passed, Progress
from collector.log.segment import Segment
from collector.log.spool import Spool
from collector.sources import PostBatch, SourceState
from collector.sources.replay.recording import Recording, RecordingError
from contract.backoff import Backoff
from contract.gap import Gap
from contract.socket_protocol import DaySpan
from tests.collector.log.test_spool import content, open_spool
from tests.collector.made_up import NOON, post, recorded, replay_of, steady, write_recording

HOUR = timedelta(hours=1)


class Scripted:
    """A source that yields these batches."""

    name = "scripted"
    kind = "replay"
    repeats = True
    state = SourceState("connected", "")

    def __init__(self, *batches: PostBatch, is_live: bool = False) -> None:
        self.given = batches
        self.is_live = is_live

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
        ingest.process(batch)
        if batch.final:
            break
    ingest.commit(stop)
    result = content(spool), spool.committed
    spool.close()
    return result


def test_undecided_posts_are_read_again_after_a_crash(tmp_path, monkeypatch):
    monkeypatch.setattr("collector.sources.replay.recording.BLOCK_BYTES", 1_000)
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
            ingest.process(batch)
            ingest.commit(threading.Event())
        spool.close()
        again, committed = replayed(path, folder)
        assert again == expected
        assert committed.counts == whole.counts
    assert (whole.counts.posts, whole.counts.dropped) == (300, {"malformed": 1})


def test_a_held_post_is_neither_in_the_spool_nor_before_the_cursor(tmp_path):
    spool = open_spool(tmp_path)
    ingest = ingest_of(Scripted(), spool)
    ingest.process(PostBatch([*steady(30), post(9_000)], {"at": 31}))
    ingest.commit(threading.Event())
    assert (spool.committed.cursor, spool.committed.skip, spool.committed.counts.posts) == (None, 30, 30)
    ingest.process(PostBatch([post(31)], {"at": 32}))
    ingest.commit(threading.Event())
    committed = spool.committed
    assert (committed.cursor, committed.skip, committed.counts.dropped) == ({"at": 32}, 0, {"future": 1})


def test_only_tracked_languages_are_admitted(tmp_path):
    spool = open_spool(tmp_path)
    ingest = ingest_of(Scripted(), spool, tracked=frozenset(["ja"]))
    ingest.process(PostBatch([*steady(30), post(31, lang="ja")], {"at": 31}))
    ingest.commit(threading.Event())
    assert spool.committed.counts.dropped == {"untracked": 30}
    assert b'"ja"' in content(spool)


def test_a_full_disk_blocks_visibly_and_loses_nothing(tmp_path, monkeypatch, caplog):
    path = write_recording(tmp_path / "day.ndjson", 3_000)
    expected, _ = replayed(path, tmp_path / "whole")
    real, failures = Segment.append, []
    monkeypatch.setattr("collector.intake.ingest._BACKOFF", Backoff(0.001, 15.0))
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
        ingest.process(batch)
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


def test_drops_are_the_same_for_a_crash_at_any_moment(tmp_path, monkeypatch):
    monkeypatch.setattr("collector.intake.filters.GENERATION", 100)
    monkeypatch.setattr("collector.sources.replay.recording.BLOCK_BYTES", 4_000)
    rng = random.Random(5)
    # A far leap now and then makes posts wait for a decision, so that a restart must skip some.
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
            ingest.process(batch)
            ingest.commit(threading.Event())
        spool.close()
        again, committed = replayed(path, folder)
        assert (again, committed.counts) == (expected, whole.counts)


def test_a_source_without_repeats_adds_no_post_twice_across_a_restart(tmp_path):
    for _ in range(2):
        spool = open_spool(tmp_path)
        ingest = ingest_of(Scripted(), spool)
        ingest.process(PostBatch(steady(30), {"at": 31}))
        ingest.commit(threading.Event())
        spool.close()
    assert (spool.committed.counts.posts, spool.committed.counts.dropped) == (30, {"duplicate": 30})


@pytest.mark.parametrize("count", [1, 5, 19])
def test_a_file_of_few_posts_is_ingested_completely(tmp_path, count):
    content_, committed = replayed(write_recording(tmp_path / "few.ndjson", count), tmp_path / "few")
    assert committed.counts.posts == count == content_.count(b"\n")


def test_a_recording_that_ends_closes_all_of_its_days(tmp_path):
    path = write_recording(tmp_path / "three.ndjson", 5, step=43_200)
    _, committed = replayed(path, tmp_path)
    assert len(committed.days) == 3
    assert all(span.closed_offset is not None for span in committed.days.values())
    assert committed.days[max(committed.days)].closed_offset == committed.end
    assert committed.clock.date() == max(committed.days)
    assert replayed(path, tmp_path)[1] == committed


@pytest.mark.parametrize(("speed", "shift_to_now"), [(0, False), (0, True), (1e6, True), (1e6, False)])
def test_a_recording_closes_its_days_at_its_end_at_any_speed_and_in_any_time(tmp_path, speed, shift_to_now):
    path = write_recording(tmp_path / "two.ndjson", 40, step=1_800)
    source = replay_of(path, speed, shift_to_now, now=lambda: NOON + timedelta(days=200))
    spool = open_spool(tmp_path)
    ingest = ingest_of(source, spool)
    for batch in source.batches(None, threading.Event()):
        ingest.process(batch)
        if batch.final:
            break
        assert spool.committed.days == {} or None in {span.closed_offset for span in spool.committed.days.values()}
        ingest.commit(threading.Event())
    ingest.commit(threading.Event())
    begins = NOON.date() + timedelta(days=200) * shift_to_now
    assert list(spool.committed.days) == [begins, begins + timedelta(days=1)]
    assert all(span.closed_offset is not None for span in spool.committed.days.values())
    assert spool.committed.counts.posts == 40


def test_a_recording_that_ended_with_an_open_day_closes_it_at_the_next_start(tmp_path):
    path = write_recording(tmp_path / "day.ndjson", 50)
    spool = open_spool(tmp_path)
    ingest = ingest_of(replay_of(path), spool)
    for batch in replay_of(path).batches(None, threading.Event()):
        ingest.process(replace(batch, can_resume=True))
        if batch.final:
            break
    ingest.commit(threading.Event())
    spool.close()
    before = spool.committed
    assert before.days == {NOON.date(): DaySpan(0)}
    _, committed = replayed(path, tmp_path)
    assert committed.days == {NOON.date(): DaySpan(0, before.end)}
    assert (committed.end, committed.counts) == (before.end, before.counts)


def test_a_damaged_recording_closes_its_days(tmp_path):
    path = write_recording(tmp_path / "three.ndjson", 50_000, step=3)
    whole = gzip.compress(path.read_bytes(), compresslevel=1)
    for name, content_ in {"torn": whole[: len(whole) * 9 // 10], "trailing": whole + b"garbage" * 20}.items():
        damaged = tmp_path / f"{name}.ndjson.gz"
        damaged.write_bytes(content_)
        _, committed = replayed(damaged, tmp_path / name)
        assert len(committed.days) >= 2
        assert all(span.closed_offset is not None for span in committed.days.values())


def test_a_recording_on_a_missing_disk_resumes_its_last_day_later(tmp_path, monkeypatch):
    path = write_recording(tmp_path / "three.ndjson", 50_000, step=3)
    expected, whole = replayed(path, tmp_path / "whole")
    real = Recording.blocks

    def failing(self):
        yield from itertools.islice(real(self), 5)
        raise RecordingError("three.ndjson cannot be read further") from OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Recording, "blocks", failing)
        begun, committed = replayed(path, tmp_path)
    *before, last = sorted(committed.days)
    assert len(begun) < len(expected)
    assert [committed.days[day].closed_offset is None for day in [*before, last]] == [*[False] * len(before), True]
    again, committed = replayed(path, tmp_path)
    assert (again, committed.counts, set(committed.days)) == (expected, whole.counts, set(whole.days))
    assert all(span.closed_offset is not None for span in committed.days.values())


def test_a_kill_at_any_moment_of_the_end_closes_the_same_days_with_the_same_posts(tmp_path, monkeypatch):
    monkeypatch.setattr("collector.sources.replay.recording.BLOCK_BYTES", 400)
    lines = [recorded(i, NOON + timedelta(hours=5 * i)) for i in range(18)]
    path = tmp_path / "few.ndjson"
    path.write_text("\n".join(lines) + "\n")
    expected, whole = replayed(path, tmp_path / "whole")
    for batches_until_crash in range(1, 12):
        folder = tmp_path / str(batches_until_crash)
        spool = open_spool(folder)
        ingest = ingest_of(replay_of(path), spool)
        for number, batch in enumerate(replay_of(path).batches(None, threading.Event())):
            ingest.process(batch)
            if number == batches_until_crash:
                break  # killed before the commit
            ingest.commit(threading.Event())
        spool.close()
        again, committed = replayed(path, folder)
        assert (again, set(committed.days)) == (expected, set(whole.days))
        assert all(span.closed_offset is not None for span in committed.days.values())
        assert committed.counts == whole.counts


def test_a_quiet_live_stream_closes_its_day_without_a_post_and_it_stays_closed(tmp_path, monkeypatch):
    seconds = [0.0]
    monkeypatch.setattr("collector.intake.ingest.monotonic", lambda: seconds[0])
    spool = open_spool(tmp_path)
    ingest = ingest_of(Scripted(is_live=True), spool)
    ingest.process(PostBatch(steady(30), {"at": 30}, now=NOON))
    ingest.commit(threading.Event())
    assert spool.committed.days == {NOON.date(): DaySpan(0)}
    seconds[0] += 14 * 3_600
    night = NOON + timedelta(hours=13)
    ingest.process(PostBatch([], {"at": 30}, now=night))
    ingest.commit(threading.Event())
    committed = spool.committed
    assert committed.days == {NOON.date(): DaySpan(0, committed.end)}
    assert committed.clock == night
    spool.close()
    again = open_spool(tmp_path)
    ingest = ingest_of(Scripted(is_live=True), again)
    # The machine's clock is set back before midnight: the day stays closed.
    ingest.process(PostBatch([post(1, post_id="new")], {"at": 31}, now=NOON))
    ingest.commit(threading.Event())
    assert again.committed.counts.dropped == {"late": 1}
    assert again.committed.end == committed.end


def test_a_live_stream_remembers_when_it_began_though_no_post_came(tmp_path):
    for day in range(2):
        spool = open_spool(tmp_path)
        ingest = ingest_of(Scripted(is_live=True), spool)
        ingest.process(PostBatch([post(-86_400)] * day, None, now=NOON))
        ingest.commit(threading.Event())
        spool.close()
    assert (spool.committed.counts.posts, spool.committed.counts.dropped) == (0, {"late": 1})


def test_the_cursor_stays_before_a_batch_with_a_held_post():
    progress = Progress({"at": 0})
    progress.add(PostBatch(steady(3), {"at": 3}, {"malformed": 1}))
    progress.add(PostBatch(steady(4), {"at": 7}, {"malformed": 2}))
    assert progress.advance(5) == (2, Passed(Counter(malformed=1)))
    assert progress.cursor == {"at": 3}
    assert progress.advance(7) == (0, Passed(Counter(malformed=2)))
    assert progress.cursor == {"at": 7}


def test_empty_batches_behind_a_held_post_take_no_room_and_lose_no_count():
    progress = Progress(None)
    progress.add(PostBatch(steady(2), {"at": 2}))
    for at in range(3, 1_000):
        progress.add(PostBatch([], {"at": at}, {"too_long": 1}))
    assert progress.advance(1) == (1, Passed())
    assert len(progress._batches) == 1
    assert progress.advance(2) == (0, Passed(Counter(too_long=997)))
    assert progress.cursor == {"at": 999}


def test_a_gap_is_committed_with_the_cursor_and_the_posts_of_its_batch(tmp_path):
    gap = Gap(NOON, NOON + timedelta(minutes=3), "connection lost")
    spool = open_spool(tmp_path)
    ingest = ingest_of(Scripted(is_live=True), spool)
    ingest.process(PostBatch([post(200)], {"at": 9}, now=NOON + timedelta(minutes=4), gaps=[gap]))
    assert spool.committed.gaps == ()
    ingest.commit(threading.Event())
    spool.close()
    committed = open_spool(tmp_path).committed
    assert (committed.cursor, committed.counts.posts, committed.gaps) == ({"at": 9}, 1, (gap,))


@pytest.mark.parametrize(
    ("state", "known", "gaps"),
    [
        ("connecting", [], [CLOSED_UNCONNECTED]),
        ("blocked", [], [CLOSED_UNCONNECTED]),
        ("connected", [], []),
        ("connecting", [Gap(NOON, NOON + timedelta(minutes=9), "silence")], ["silence"]),
    ],
)
def test_a_day_that_closes_before_the_connection_is_back_has_a_gap(tmp_path, monkeypatch, state, known, gaps):
    monkeypatch.setattr("collector.intake.event_time.QUIET_SECONDS", 0)
    spool = open_spool(tmp_path)
    source = Scripted(is_live=True)
    source.state = SourceState(state, "")
    ingest = ingest_of(source, spool)
    ingest.process(PostBatch([post(0)], {"at": 1}, now=NOON, gaps=known))
    ingest.commit(threading.Event())
    for hours in (9, 14):
        ingest.process(PostBatch([], {"at": 1}, now=NOON + timedelta(hours=hours)))
        ingest.commit(threading.Event())
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    assert [gap.reason for gap in spool.committed.gaps] == gaps
    if not known and gaps:
        assert (spool.committed.gaps[0].start, spool.committed.gaps[0].end) == (NOON, midnight)
