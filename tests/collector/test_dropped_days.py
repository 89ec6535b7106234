"""What was dropped of each day, over midnights, restarts and disks that are full."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from collector.dropped_days import DroppedDays
from contract.dropped import dropped_file, dropped_files, read_dropped

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY.replace(day=24), MONDAY.replace(day=25)


def on_record(folder: Path) -> dict[date, dict[str, int] | None]:
    return {day: read_dropped(path) for _, day, path in dropped_files(folder)}


def test_each_day_has_the_drops_of_its_own(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "x", None, {})
    for clock, totals in [
        (None, {"malformed": 1}),
        (MONDAY, {"malformed": 1, "late": 2}),
        (MONDAY, {"malformed": 1, "late": 5}),
        (TUESDAY, {"malformed": 1, "late": 6}),
        (TUESDAY, {"malformed": 4, "late": 6}),
    ]:
        days.committed(clock, totals)
    assert on_record(tmp_path) == {MONDAY.date(): {"late": 5, "malformed": 1}}
    days.committed(WEDNESDAY, {"malformed": 4, "late": 6})
    assert on_record(tmp_path)[TUESDAY.date()] == {"late": 1, "malformed": 3}


def test_a_day_without_drops_says_so(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "x", None, {})
    days.committed(MONDAY, {})
    days.committed(TUESDAY, {})
    assert on_record(tmp_path) == {MONDAY.date(): {}}


def test_a_restart_goes_on_with_the_same_day(tmp_path: Path) -> None:
    DroppedDays(tmp_path, "x", None, {}).committed(MONDAY, {"late": 2})
    again = DroppedDays(tmp_path, "x", MONDAY, {"late": 2})
    again.committed(MONDAY, {"late": 9})
    again.committed(TUESDAY, {"late": 9})
    assert on_record(tmp_path) == {MONDAY.date(): {"late": 9}}


def test_a_process_that_died_after_its_commit_is_made_up_for(tmp_path: Path) -> None:
    DroppedDays(tmp_path, "x", None, {}).committed(MONDAY, {"late": 2})
    DroppedDays(tmp_path, "x", TUESDAY, {"late": 3})
    assert on_record(tmp_path) == {MONDAY.date(): {"late": 3}}


def test_a_day_that_nobody_watched_begin_is_not_on_record(tmp_path: Path) -> None:
    days = DroppedDays(tmp_path, "x", MONDAY, {"late": 70})
    days.committed(TUESDAY, {"late": 71})
    days.committed(WEDNESDAY, {"late": 73})
    assert on_record(tmp_path) == {TUESDAY.date(): {"late": 1}}


def test_a_disk_that_is_full_costs_the_record_of_a_day_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = DroppedDays(tmp_path, "x", None, {})
    days.committed(MONDAY, {})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("collector.dropped_days.write_dropped", full)
        days.committed(TUESDAY, {"late": 1})
    days.committed(WEDNESDAY, {"late": 1})
    days.committed(WEDNESDAY.replace(day=26), {"late": 4})
    assert on_record(tmp_path) == {WEDNESDAY.date(): {}}


def test_what_is_no_record_is_none(tmp_path: Path) -> None:
    path = dropped_file(tmp_path, "x", MONDAY.date())
    path.parent.mkdir(parents=True)
    path.write_text("torn")
    assert read_dropped(path) is None
    assert read_dropped(path.with_name("other.json")) is None
