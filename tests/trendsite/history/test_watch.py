import sys
from pathlib import Path
from threading import Event, Timer

import pytest

from trendsite.history.watch import CHECK_SECONDS, LAST_RETRY_SECONDS, retry_delay, run, watch


class Rehearsal:
    """A day's worth of checks: what is closed at each of them, and whether archiving then succeeds."""

    def __init__(self, closed: list[str], succeeds: list[bool]) -> None:
        self.closed = closed
        self.succeeds = succeeds
        self.checks = 0
        self.archived_at: list[int] = []

    def find(self) -> frozenset[Path]:
        return frozenset(map(Path, self.closed[self.checks]))

    def archive(self) -> bool:
        self.archived_at.append(self.checks)
        return self.succeeds.pop(0)

    def wait(self, seconds: float) -> bool:
        assert seconds == CHECK_SECONDS
        self.checks += 1
        return self.checks == len(self.closed)

    def run(self) -> list[int]:
        """Return the checks, counted from 0, at which archiving was called for."""
        watch(self.find, self.archive, self.wait, lambda: self.checks * 60.0, lambda: 1.0)
        return self.archived_at


def test_while_no_day_is_closed_nothing_is_started() -> None:
    assert Rehearsal([""] * 3, []).run() == []


def test_archiving_starts_once_for_each_new_closed_day() -> None:
    assert Rehearsal(["", "a", "a", "ab", "b", "b", "bc"], [True] * 3).run() == [1, 3, 6]


def test_what_was_closed_before_the_start_is_archived_at_once() -> None:
    assert Rehearsal(["ab", "ab"], [True]).run() == [0]


def test_what_failed_is_tried_again_after_longer_and_longer_waits() -> None:
    assert Rehearsal(["a"] * 12, [False, False, False, False, True]).run() == [0, 1, 2, 4, 8]


def test_a_new_day_does_not_wait_for_one_that_failed() -> None:
    assert Rehearsal(["a", "a", "a", "a", "ab", "ab"], [False, False, False, True]).run() == [0, 1, 2, 4]


@pytest.mark.parametrize("failures", [1, 2, 10, 10_000])
def test_a_wait_is_half_random_and_bounded(failures: int) -> None:
    longest = retry_delay(failures, 1.0)
    assert longest <= LAST_RETRY_SECONDS
    assert retry_delay(failures, 0.0) == longest / 2


@pytest.mark.parametrize(("code", "succeeded"), [(0, True), (1, False)])
def test_a_command_succeeds_by_its_exit_code(code: int, succeeded: bool) -> None:
    assert run([sys.executable, "-c", f"raise SystemExit({code})"], Event()) is succeeded


def test_a_command_ends_when_told_to_stop() -> None:
    stop = Event()
    timer = Timer(0.3, stop.set)
    timer.start()
    assert run([sys.executable, "-c", "import threading; threading.Event().wait()"], stop) is False
    timer.join()


def test_the_watching_process_loads_neither_django_nor_arrow() -> None:
    check = (
        "import sys, trendsite.history.watch; "
        "sys.exit(bool({'django', 'pyarrow', 'boto3', 'redis', 'twisted'} & set(sys.modules)))"
    )
    assert run([sys.executable, "-c", check], Event())
