import logging
from threading import Event

import pytest

from trendsite.history.watch import watch


class Waits:
    """Stands for Event.wait: notes each wait, and says stop at the last."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        self.left -= 1
        return self.left == 0


def test_it_checks_at_once_and_then_every_so_often() -> None:
    checks: list[int] = []
    waits = Waits(3)
    watch(lambda: checks.append(1), waits, 60.0, lambda: 0.5)
    assert len(checks) == 3
    assert waits.seconds == [60.0, 60.0, 60.0]


def test_an_event_ends_it_after_the_check_at_hand() -> None:
    stop = Event()
    checks: list[int] = []

    def check() -> None:
        checks.append(1)
        stop.set()

    watch(check, stop.wait, 3_600.0, lambda: 0.5)
    assert checks == [1]


def test_a_failing_check_is_logged_and_made_again_with_longer_waits(caplog: pytest.LogCaptureFixture) -> None:
    outcomes = iter([OSError("no database"), OSError("no database"), None, OSError("no database")])

    def check() -> None:
        if outcome := next(outcomes):
            raise outcome

    waits = Waits(4)
    with caplog.at_level(logging.ERROR):
        watch(check, waits, 60.0, lambda: 0.5)
    assert waits.seconds == [22.5, 45.0, 60.0, 22.5]
    assert caplog.messages[0] == "the archive could not check for closed days: OSError: no database"
