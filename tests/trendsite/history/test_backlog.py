import logging
from datetime import date
from pathlib import Path

import pytest

from trendsite.history.archive import ClosedDay
from trendsite.history.backlog import LAST_RETRY_SECONDS, Backlog, retry_delay

DAYS = [ClosedDay("simulator", date(2026, 11, day), Path(f"/closed/simulator/2026-11-{day}")) for day in (18, 19, 20)]


class Archive:
    """Fails on the days it is told to, and remembers every attempt."""

    def __init__(self, *broken: ClosedDay) -> None:
        self.broken = set(broken)
        self.attempts: list[ClosedDay] = []
        self.now = 0.0

    def __call__(self, day: ClosedDay) -> None:
        self.attempts.append(day)
        if day in self.broken:
            raise OSError("no space left\nsecond line")

    def backlog(self) -> Backlog:
        return Backlog(self, lambda: self.now, lambda: 0.5)


def test_a_failing_day_blocks_no_other() -> None:
    archive = Archive(DAYS[0])
    assert archive.backlog().work_off(DAYS) == ([DAYS[1], DAYS[2]], [DAYS[0]])
    assert archive.attempts == DAYS


def test_a_failure_is_logged_in_one_line_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        Archive(DAYS[0]).backlog().work_off(DAYS)
    assert caplog.messages == ["2026-11-18 (simulator) was not archived: OSError: no space left"]


def test_a_failed_day_is_tried_again_after_longer_and_longer_waits() -> None:
    archive = Archive(DAYS[0])
    backlog = archive.backlog()
    attempted_at = []
    for second in range(400):
        archive.now = float(second)
        archive.attempts.clear()
        backlog.work_off([DAYS[0]])
        if archive.attempts:
            attempted_at.append(second)
    assert attempted_at == [0, 23, 68, 158, 338]


def test_a_day_that_recovers_starts_afresh() -> None:
    archive = Archive(DAYS[0])
    backlog = archive.backlog()
    backlog.work_off(DAYS[:1])
    archive.now, archive.broken = 30.0, set()
    assert backlog.work_off(DAYS[:1]) == ([DAYS[0]], [])
    archive.broken = {DAYS[0]}
    assert backlog.work_off(DAYS[:1]) == ([], [DAYS[0]])
    archive.now += 23
    assert backlog.work_off(DAYS[:1]) == ([], [DAYS[0]])


def test_being_told_to_stop_is_no_failure() -> None:
    def stop(_day: ClosedDay) -> None:
        raise SystemExit(0)

    with pytest.raises(SystemExit):
        Backlog(stop, lambda: 0.0, lambda: 0.0).work_off(DAYS)


@pytest.mark.parametrize("failures", [1, 2, 10, 10_000])
def test_a_wait_is_half_random_and_bounded(failures: int) -> None:
    longest = retry_delay(failures, 1.0)
    assert longest <= LAST_RETRY_SECONDS
    assert retry_delay(failures, 0.0) == longest / 2
