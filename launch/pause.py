"""How an upgrade stops everything and lets nothing start: two files in DATA_DIR that processes hold locked.

An upgrade holds ``pause.lock`` while nothing may run. Everything that starts holds ``running.lock``, together with
others, from its first check until its last process has stopped. Each looks at the other's lock after it has its own,
so they never work at the same time. The system ends a lock with the process that holds it.
"""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

PAUSE_LOCK = "pause.lock"
RUNNING_LOCK = "running.lock"

_HELD = "TRENDSITE_RUNNING_LOCK"
"""The file descriptor of ``running.lock`` in the program that this process becomes."""

GIVEN_ENVIRONMENT = "TRENDSITE_GIVEN_ENVIRONMENT"
"""The variables that the launcher was started with, as JSON: it starts again with the same."""


@contextmanager
def paused(data_dir: Path) -> Iterator[None]:
    """Let nothing start on a DATA_DIR. What runs has to be stopped (``has_stopped``)."""
    with (data_dir / PAUSE_LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def has_stopped(data_dir: Path) -> bool:
    """Return whether nothing that was started holds its lock any more."""
    with (data_dir / RUNNING_LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def enter(data_dir: Path, given: Mapping[str, str]) -> None:
    """Hold ``running.lock`` from here on, also in the program that this process becomes.

    During an upgrade, wait for its end and then start anew with the variables ``given``, because the code may be other.
    """
    handle = os.open(data_dir / RUNNING_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_SH)
    if _is_paused(data_dir):
        os.close(handle)
        print(f"An upgrade is at work on {data_dir}: waiting for its end", flush=True)
        start_again(data_dir, given)
    os.set_inheritable(handle, True)
    os.environ[_HELD] = str(handle)


def leave() -> None:
    """Let go of the lock that the program before this one took over from ``enter``, if it did."""
    if handle := os.environ.pop(_HELD, ""):
        os.close(int(handle))


def start_again(data_dir: Path, given: Mapping[str, str]) -> NoReturn:
    """Wait until no upgrade is at work, and become the launcher of the code that is there then."""
    with (data_dir / PAUSE_LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
    command = [sys.executable, "-m", "launch.install", sys.executable, "-m", "launch"]
    os.execve(sys.executable, command, dict(given))


def given_environment(environ: Mapping[str, str]) -> dict[str, str] | None:
    """Return the variables that a process' launcher was started with, from its own variables; None if it has none."""
    given = environ.get(GIVEN_ENVIRONMENT)
    return dict(json.loads(given)) if given else None


def _is_paused(data_dir: Path) -> bool:
    with (data_dir / PAUSE_LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
