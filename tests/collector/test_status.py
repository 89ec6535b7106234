"""The status line, in a real Redis."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import redis.asyncio

from collector.log import Commit, Counts
from collector.sources import SourceState
from collector.sources.simulator.source import SimulatorSource
from collector.status import DroppedDays, Rates, StateTimer, announce, report
from contract import redis_names
from contract.dropped import DroppedDay, dropped_file, dropped_files, read_dropped_day, write_dropped_day
from contract.gap import Gap
from contract.socket_protocol import DaySpan
from contract.status import CollectorStatus
from tests.collector.log.test_spool import add, open_spool
from tests.collector.made_up import steady


def test_rates_are_those_of_the_last_five_seconds():
    rates = Rates()
    shown = [rates.at(second, Counts(posts=second * 100, tagged=second * 20)) for second in range(10)]
    assert shown[0] == (0, 0)
    assert shown[9] == (100, 20)


def test_a_state_has_the_time_when_it_began():
    states, began = StateTimer(), datetime(2026, 11, 22, 12, tzinfo=UTC)
    told = ["connected", "connecting", "connecting", "blocked", "blocked", "connected"]
    since = [states.since(state, began + timedelta(seconds=second)) for second, state in enumerate(told)]
    assert [(at - began).seconds for at in since] == [0, 1, 1, 3, 3, 5]


async def test_the_status_is_in_redis_and_expires(tmp_path, redis_url, redis_client):
    spool = open_spool(tmp_path)
    add(spool, steady(4))
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        task = asyncio.create_task(
            report(
                client,
                SimulatorSource(1, 250),
                lambda: SourceState("blocked", "disk full"),
                spool,
                lambda now: f"{now.year - 1} years wrong",
            )
        )
        async with asyncio.timeout(60):
            while not (stored := redis_client.get(redis_names.collector_status("simulator"))):
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    status = msgspec.json.decode(stored, type=CollectorStatus)
    assert (status.source, status.kind, status.state, status.detail) == (
        "simulator",
        "simulator",
        "blocked",
        "disk full",
    )
    assert (status.posts, status.tagged, status.end_offset) == (4, 4, spool.committed.end)
    assert status.since
    assert status.since <= status.updated_at
    assert status.clock_problem == f"{status.updated_at.year - 1} years wrong"
    assert 0 < redis_client.ttl(redis_names.collector_status("simulator")) <= redis_names.STATUS_TTL
    spool.close()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, ["x", "mastodon"]),
        (["simulator"], ["x", "mastodon"]),
        (["mastodon", "x"], ["mastodon", "x"]),
        (["x"], ["x"]),
    ],
)
async def test_a_source_that_did_not_run_before_is_announced(redis_url, redis_client, before, after):
    if before:
        redis_client.set(redis_names.SOURCES, redis_names.encode_sources(before))
    async with redis.asyncio.Redis.from_url(redis_url) as client, asyncio.timeout(60):
        await announce(client, "x", ["x", "mastodon"])
    assert redis_names.decode_sources(redis_client.get(redis_names.SOURCES)) == after


MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY.replace(day=24), MONDAY.replace(day=25)


def at(clock: datetime | None, dropped: dict[str, int], *gaps: Gap) -> Commit:
    return Commit(clock=clock, counts=Counts(dropped=dropped), gaps=gaps)


def on_record(folder: Path) -> dict[date, dict[str, int] | None]:
    return {day: read_dropped_day(path).dropped for _, day, path in dropped_files(folder)}


def test_each_day_has_the_drops_of_its_own(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "x", at(None, {}))
    for clock, totals in [
        (None, {"malformed": 1}),
        (MONDAY, {"malformed": 1, "late": 2}),
        (MONDAY, {"malformed": 1, "late": 5}),
        (TUESDAY, {"malformed": 1, "late": 6}),
        (TUESDAY, {"malformed": 4, "late": 6}),
    ]:
        days.on_commit(at(clock, totals))
    assert on_record(tmp_path) == {MONDAY.date(): {"late": 5, "malformed": 1}}
    days.on_commit(at(WEDNESDAY, {"malformed": 4, "late": 6}))
    assert on_record(tmp_path)[TUESDAY.date()] == {"late": 1, "malformed": 3}


def test_a_day_without_drops_has_an_empty_file(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "x", at(None, {}))
    days.on_commit(at(MONDAY, {}))
    days.on_commit(at(TUESDAY, {}))
    assert on_record(tmp_path) == {MONDAY.date(): {}}


def test_the_last_day_of_a_recording_has_its_drops_once_it_is_closed(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "replay-r", Commit())
    closed = {MONDAY.date(): DaySpan(0, 900)}
    days.on_commit(Commit(clock=MONDAY, days=closed, counts=Counts(dropped={"late": 3, "future": 1})))
    assert on_record(tmp_path) == {MONDAY.date(): {"future": 1, "late": 3}}


def test_a_restart_resumes_the_same_day(tmp_path: Path) -> None:
    DroppedDays(tmp_path, "x", at(None, {})).on_commit(at(MONDAY, {"late": 2}))
    again = DroppedDays(tmp_path, "x", at(MONDAY, {"late": 2}))
    again.on_commit(at(MONDAY, {"late": 9}))
    again.on_commit(at(TUESDAY, {"late": 9}))
    assert on_record(tmp_path) == {MONDAY.date(): {"late": 9}}


def test_a_crash_after_a_commit_loses_no_drops(tmp_path: Path) -> None:
    DroppedDays(tmp_path, "x", at(None, {})).on_commit(at(MONDAY, {"late": 2}))
    DroppedDays(tmp_path, "x", at(TUESDAY, {"late": 3}))
    assert on_record(tmp_path) == {MONDAY.date(): {"late": 3}}


def test_a_day_that_was_not_watched_from_its_start_has_no_file(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "x", at(MONDAY, {"late": 70}))
    days.on_commit(at(TUESDAY, {"late": 71}))
    days.on_commit(at(WEDNESDAY, {"late": 73}))
    assert on_record(tmp_path) == {TUESDAY.date(): {"late": 1}}


def test_a_full_disk_loses_only_the_drops_of_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = DroppedDays(tmp_path, "x", at(None, {}))
    days.on_commit(at(MONDAY, {}))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("collector.status.write_dropped_day", full)
        days.on_commit(at(TUESDAY, {"late": 1}))
    days.on_commit(at(WEDNESDAY, {"late": 1}))
    days.on_commit(at(WEDNESDAY.replace(day=26), {"late": 4}))
    assert on_record(tmp_path) == {WEDNESDAY.date(): {}}


def test_an_unusable_file_of_drops_is_none(tmp_path: Path) -> None:
    path = dropped_file(tmp_path, "x", MONDAY.date())
    path.parent.mkdir(parents=True)
    path.write_text("torn")
    assert read_dropped_day(path).dropped is None
    assert read_dropped_day(path.with_name("other.json")).dropped is None
    assert read_dropped_day(path) == DroppedDay()


def test_counts_of_an_earlier_version_are_read(tmp_path: Path) -> None:
    path = tmp_path / "2026-11-23.json"
    for written in (b'{"late":3}', b"{}"):
        path.write_bytes(written)
        assert read_dropped_day(path) == DroppedDay(msgspec.json.decode(written))


def test_what_a_day_lacks_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "x" / "2026-11-23.json"
    for day in (DroppedDay({"late": 3}, [Gap(MONDAY, TUESDAY, "silence", 2)]), DroppedDay(None, []), DroppedDay({})):
        write_dropped_day(path, day)
        assert read_dropped_day(path) == day


OUTAGE = Gap(MONDAY, MONDAY + timedelta(minutes=5), "connection lost")


def test_a_day_has_its_gaps(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "x", at(None, {}))
    days.on_commit(at(MONDAY, {}, OUTAGE))
    days.on_commit(at(TUESDAY, {}, OUTAGE))
    assert read_dropped_day(dropped_file(tmp_path, "x", MONDAY.date())) == DroppedDay({}, [OUTAGE])


def test_a_gap_that_becomes_known_after_midnight_is_added_to_its_day(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "x", at(MONDAY, {"late": 1}))
    days.on_commit(at(TUESDAY, {"late": 2}, OUTAGE))
    path = dropped_file(tmp_path, "x", MONDAY.date())
    assert read_dropped_day(path) == DroppedDay(None, [OUTAGE])
    later = Gap(MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2), "silence")
    DroppedDays(tmp_path, "x", at(TUESDAY, {"late": 2}, OUTAGE, later))
    assert read_dropped_day(path).gaps == [OUTAGE, later]
