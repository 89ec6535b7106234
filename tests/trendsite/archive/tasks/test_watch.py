import os
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event, Timer

import msgspec
import pytest

from contract.closed_day import closed_day_folder
from contract.past_days import PROGRESS, PROGRESS_SECONDS, past_days_folder
from trendsite.archive.tasks.report import Outcome, write_outcome
from trendsite.archive.tasks.watch import BUSY, CHECK_SECONDS, closed_folders, run, watch


class Rehearsal:
    """A series of checks: the closed days at each one, and whether archiving then succeeds."""

    def __init__(self, closed: list[str], succeeds: list[bool]) -> None:
        self.closed = closed
        self.succeeds = succeeds
        self.checks = 0
        self.archived_at: list[int] = []

    def find(self) -> frozenset[str]:
        return frozenset(self.closed[self.checks])

    def archive(self) -> bool:
        self.archived_at.append(self.checks)
        return self.succeeds.pop(0)

    def wait(self, seconds: float) -> bool:
        assert seconds == CHECK_SECONDS
        self.checks += 1
        return self.checks == len(self.closed)

    def run(self) -> list[int]:
        """Return the checks, counted from 0, at which ``archive`` was called."""
        watch(self.find, self.archive, self.wait, lambda: self.checks * 60.0, lambda: 1.0)
        return self.archived_at


def test_nothing_starts_while_no_day_is_closed() -> None:
    assert Rehearsal([""] * 3, []).run() == []


def test_archiving_starts_once_for_each_new_closed_day() -> None:
    assert Rehearsal(["", "a", "a", "ab", "b", "b", "bc"], [True] * 3).run() == [1, 3, 6]


def test_a_day_closed_before_the_start_is_archived_at_once() -> None:
    assert Rehearsal(["ab", "ab"], [True]).run() == [0]


def test_past_days_wait_until_all_are_simulated_but_not_for_a_start_that_was_killed(tmp_path: Path) -> None:
    closed = closed_day_folder(tmp_path, "simulator", date(2026, 11, 21))
    closed.mkdir(parents=True)
    progress = past_days_folder(tmp_path) / PROGRESS
    progress.parent.mkdir()
    progress.write_text("1 of 7 counted")
    written = progress.stat().st_mtime
    assert closed_folders(tmp_path, written + 1) == frozenset()
    assert closed_folders(tmp_path, written + PROGRESS_SECONDS) == {str(closed)}
    progress.unlink()
    assert closed_folders(tmp_path, written + 1) == {str(closed)}


def test_a_failed_run_is_repeated_after_longer_and_longer_waits() -> None:
    assert Rehearsal(["a"] * 12, [False, False, False, False, True]).run() == [0, 1, 2, 4, 8]


def test_a_new_day_does_not_wait_for_a_failed_one() -> None:
    assert Rehearsal(["a", "a", "a", "a", "ab", "ab"], [False, False, False, True]).run() == [0, 1, 2, 4]


@pytest.mark.parametrize(
    ("code", "outcomes"),
    [(0, [Outcome()]), (1, [Outcome("a run ended with exit code 1; the archive's log says why")]), (BUSY, [])],
)
def test_the_exit_code_of_a_command_is_its_success(code: int, outcomes: list[Outcome]) -> None:
    taken: list[Outcome] = []
    assert run([sys.executable, "-c", f"raise SystemExit({code})"], Event(), taken.append) is (code == 0)
    assert taken == outcomes


def test_the_outcome_of_a_command_is_taken_from_its_pipe() -> None:
    outcome = Outcome("storage is full", 2, datetime(2026, 11, 22, tzinfo=UTC))
    check = f"import os, sys; os.write(int(sys.argv[-1]), {msgspec.json.encode(outcome)!r}); sys.exit(1)"
    taken: list[Outcome] = []
    assert not run([sys.executable, "-c", check], Event(), taken.append)
    assert taken == [outcome]


def script(*steps: str) -> list[str]:
    """A command whose steps pass ``say(b"...")`` through its pipe."""
    begin = "import os, sys, threading, time; pipe = int(sys.argv[-1])"
    return [sys.executable, "-c", "\n".join([begin, "say = lambda line: os.write(pipe, line + b'\\n')", *steps])]


def test_a_failure_is_known_while_the_run_goes_on() -> None:
    stop = Event()
    taken: list[Outcome] = []

    def take(outcome: Outcome) -> None:
        taken.append(outcome)
        stop.set()

    failed = msgspec.json.encode(Outcome("storage is away", 3))
    assert not run(script("say(b'')", f"say({failed!r})", "threading.Event().wait()"), stop, take)
    assert taken == [Outcome("storage is away", 3)]


def test_a_run_without_a_sign_of_life_is_a_problem_until_the_next_one() -> None:
    taken: list[Outcome] = []
    ended = msgspec.json.encode(Outcome("", 0))
    marker = "import pathlib; told = pathlib.Path(sys.argv[1])"
    wait_until_reported = "while not told.exists(): time.sleep(0.05)"
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told"

        def take(outcome: Outcome) -> None:
            taken.append(outcome)
            told.touch()

        command = script(marker, wait_until_reported, "say(b'')", f"say({ended!r})")
        assert run([*command, str(told)], Event(), take, patience=0.5)
    stuck, *_, last = taken
    assert stuck == Outcome("storage or the database has not answered for 0 s")
    assert last == Outcome("", 0)


def test_a_run_outlives_the_process_that_watches() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    write_outcome(writing, Outcome("storage is away"))
    os.close(writing)


def test_a_command_ends_at_a_stop_signal() -> None:
    stop = Event()
    timer = Timer(0.3, stop.set)
    timer.start()
    taken: list[Outcome] = []
    assert run([sys.executable, "-c", "import threading; threading.Event().wait()"], stop, taken.append) is False
    assert taken == []
    timer.join()


def test_the_watching_process_loads_neither_django_nor_arrow() -> None:
    check = (
        "import sys, trendsite.archive.tasks.watch; "
        "sys.exit(bool({'django', 'pyarrow', 'boto3', 'twisted'} & set(sys.modules)))"
    )
    assert run([sys.executable, "-c", check], Event(), lambda _: None)
