"""Processes of a Trendsite whose supervisord was killed: found by their environment, and stopped."""

import contextlib
import os
import signal
import time
from pathlib import Path

_TRIES = 50
_PAUSE_SECONDS = 0.2


def find_leftovers(server_url: str, processes: Path = Path("/proc")) -> list[int]:
    """Return the processes that the supervisord of ``server_url`` started (none where there is no /proc)."""
    mark = f"SUPERVISOR_SERVER_URL={server_url}".encode()
    found = []
    for environment in processes.glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
    return found


def stop_leftovers(server_url: str) -> None:
    """Stop what a killed supervisord left running, by force after ten seconds."""
    _signal(find_leftovers(server_url), signal.SIGTERM)
    for _ in range(_TRIES):
        if not find_leftovers(server_url):
            return
        time.sleep(_PAUSE_SECONDS)
    _signal(find_leftovers(server_url), signal.SIGKILL)


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
