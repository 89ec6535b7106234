import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from contract.closed_day import closed_day_folder
from contract.socket_protocol import DaySpan, StreamStatus
from streaming.days.lifecycle import (
    day_to_show,
    days_to_write,
    first_open_day,
    pending_days,
    releasable_offset,
    start_offset,
    written_days,
)
from streaming.state.errors import RecoveryError

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
SPANS = {FIRST: DaySpan(0, 500), SECOND: DaySpan(400, 900), THIRD: DaySpan(850)}


def stream(days: dict[date, DaySpan]) -> StreamStatus:
    return StreamStatus("test", 0, 10_000, None, days)


def test_days_that_are_not_written_are_pending_earliest_first():
    days = stream({THIRD: SPANS[THIRD], FIRST: SPANS[FIRST], SECOND: SPANS[SECOND]})
    assert list(pending_days(days, written=set())) == [FIRST, SECOND, THIRD]
    assert pending_days(days, written={FIRST}) == {SECOND: SPANS[SECOND], THIRD: SPANS[THIRD]}
    assert pending_days(days, written=set(), first_day=THIRD) == {THIRD: SPANS[THIRD]}
    assert pending_days(stream({}), written=set()) == {}


def test_a_day_is_written_once_it_is_closed_and_counted_to_its_end():
    assert [days_to_write(SPANS, counted) for counted in (0, 499, 500, 899, 900, 10_000)] == [
        [],
        [],
        [FIRST],
        [FIRST],
        [FIRST, SECOND],
        [FIRST, SECOND],
    ]


def test_counting_starts_at_the_first_post_of_the_pending_days():
    assert start_offset(SPANS, stream(SPANS)) == 0
    assert start_offset({SECOND: SPANS[SECOND], THIRD: SPANS[THIRD]}, stream(SPANS)) == 400
    assert start_offset({FIRST: DaySpan(300), SECOND: DaySpan(100)}, stream(SPANS)) == 100
    assert start_offset({}, stream(SPANS)) == 10_000


def test_no_post_counts_in_a_written_day_or_before_one():
    assert first_open_day(stream(SPANS), written={FIRST}) == SECOND
    assert first_open_day(stream(SPANS), written={FIRST, SECOND}) == THIRD


def test_at_the_start_of_a_stream_a_late_post_may_open_an_earlier_day():
    assert first_open_day(stream(SPANS), written=set()) == date.min


def test_after_the_collector_forgot_days_those_before_its_first_are_closed():
    forgotten = {SECOND: SPANS[SECOND], THIRD: SPANS[THIRD]}
    assert first_open_day(stream(forgotten), written=set()) == SECOND


@pytest.mark.parametrize(
    ("source", "clock", "open_day", "shown"),
    [
        ("x", datetime(2026, 11, 23, 1, tzinfo=UTC), None, date(2026, 11, 23)),
        ("x", datetime(2026, 11, 22, 9, tzinfo=UTC), THIRD, None),
        ("x", datetime(2026, 11, 23, 0, 30, tzinfo=UTC), THIRD, None),
        ("x", None, None, None),
        ("replay-covid-1234abcd", datetime(2026, 11, 23, 1, tzinfo=UTC), None, None),
    ],
)
def test_a_live_stream_whose_days_are_all_closed_shows_the_day_of_its_clock(source, clock, open_day, shown):
    days = {FIRST: DaySpan(0, 500), THIRD: DaySpan(400, None if open_day else 900)}
    assert day_to_show(StreamStatus(source, 0, 900, clock, days)) == shown


@pytest.mark.parametrize(
    ("pending", "counted", "released"),
    [
        (SPANS, 300, 300),
        (SPANS, 9_000, 500),
        ({SECOND: SPANS[SECOND], THIRD: SPANS[THIRD]}, 9_000, 900),
        ({THIRD: SPANS[THIRD]}, 9_000, 9_000),
        ({}, 9_000, 9_000),
    ],
)
def test_counted_bytes_are_released_up_to_the_end_of_a_closed_day_that_is_not_written(pending, counted, released):
    assert releasable_offset(pending, counted) == released


def close(data_dir: Path, day: date, source: str = "x") -> Path:
    folder = closed_day_folder(data_dir, source, day)
    folder.mkdir(parents=True)
    return folder


def test_a_day_is_written_once_it_has_a_closed_folder(tmp_path):
    assert written_days(tmp_path, "x", [FIRST, SECOND]) == set()
    close(tmp_path, FIRST)
    close(tmp_path, SECOND, source="simulator")
    assert written_days(tmp_path, "x", [FIRST, SECOND]) == {FIRST}


def test_a_day_stays_written_after_the_archive_has_removed_its_folder(tmp_path):
    folder = close(tmp_path, FIRST)
    written_days(tmp_path, "x", [FIRST, SECOND])
    shutil.rmtree(folder)
    assert written_days(tmp_path, "x", [FIRST, SECOND]) == {FIRST}


def test_a_day_that_the_collector_no_longer_reports_is_forgotten(tmp_path):
    folder = close(tmp_path, FIRST)
    written_days(tmp_path, "x", [FIRST, SECOND])
    shutil.rmtree(folder)
    written_days(tmp_path, "x", [SECOND])
    assert written_days(tmp_path, "x", [FIRST]) == set()


def test_a_damaged_record_is_refused_with_the_command_that_recovers(tmp_path):
    close(tmp_path, FIRST)
    written_days(tmp_path, "x", [FIRST, SECOND])
    (record,) = (tmp_path / "counts" / "x").iterdir()
    record.write_bytes(b"[\0\0")
    with pytest.raises(RecoveryError, match=f": rm {record}$"):
        written_days(tmp_path, "x", [FIRST, SECOND])
