"""The processes of a running Trendsite, found in Linux's /proc by what they were started as."""

import contextlib
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")

_COMMANDS = {
    "collector": ("-m collector",),
    "streaming": ("-m streaming",),
    "redis": ("redis-server",),
    "site": ("-m trendsite.serve",),
    "archive": ("manage.py archive", "history.watch"),
}


def find(supervisord: int, whom: str, choice: random.Random) -> int | None:
    """Return the process that ``whom`` names in a plan; None while there is none."""
    if whom in _COMMANDS:
        return next((pid for pid in _children(supervisord) if _is(pid, *_COMMANDS[whom])), None)
    streaming = find(supervisord, "streaming", choice)
    jvm = next((pid for pid in _descendants(streaming) if _is(pid, "org.apache.spark")), None) if streaming else None
    if whom == "jvm" or jvm is None:
        return jvm
    workers = [pid for pid in _descendants(jvm) if _is(pid, "pyspark")]
    return choice.choice(workers) if workers else None


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def is_dead(pid: int) -> bool:
    """Return whether a process has ended, even if nobody has taken note yet."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _is(pid: int, *commands: str) -> bool:
    try:
        command = (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return False
    return any(part in command for part in commands)


def _descendants(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for children in _PROC.glob(f"{pid}/task/*/children"):
        with contextlib.suppress(OSError):
            found += map(int, children.read_text().split())
    return found
