"""Read from Linux's /proc what the processes of a tree use: memory (shared pages in proportion) and CPU time."""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")

# The first mark found in a command line names the process; Spark's come first, as they also contain their parent's.
_NAMES = (
    ("org.apache.spark", "spark_jvm"),
    ("-m pyspark.", "spark_python"),
    ("-m streaming", "streaming"),
    ("-m collector", "collector"),
    ("-m trendsite.serve", "site"),
    ("manage.py archive", "archive"),
    ("trendsite.archive.tasks.watch", "archive"),
    ("valkey-server", "redis"),
    ("redis-server", "redis"),
    ("launch.greeter", "greeter"),
    ("launch.supervise", "supervisord"),
)


@dataclass(frozen=True)
class Usage:
    """The total of the processes with one name."""

    pss_bytes: int = 0
    cpu_seconds: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.pss_bytes + other.pss_bytes, self.cpu_seconds + other.cpu_seconds)


def usage(root: int) -> dict[str, Usage]:
    """Return the usage of each part in the process tree of ``root``, by name."""
    parts: dict[str, Usage] = defaultdict(Usage)
    for pid in tree(root):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            parts[process_name(_command(pid))] += Usage(pss_bytes(pid), cpu_seconds(pid))
    return dict(parts)


def pids_of(root: int, name: str) -> list[int]:
    """Return the ids of the processes with one name in the process tree of ``root``."""
    found = []
    for pid in tree(root):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if process_name(_command(pid)) == name:
                found.append(pid)
    return found


def tree(root: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    return [root, *_descendants(root)]


def process_name(command: str) -> str:
    """Return the part of Trendsite that a command line belongs to, or else the program's name."""
    return next((name for mark, name in _NAMES if mark in command), Path(command.split(" ")[0]).name or "ended")


def pss_bytes(pid: int) -> int:
    """Return the proportional set size of one process."""
    for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        name, _, size = line.partition(":")
        if name == "Pss":
            return int(size.split()[0]) * 1024
    return 0


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that one process has used."""
    # The program's name, in brackets, may hold spaces; user and system time are the 12th and 13th after it.
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _descendants(pid: int) -> Iterator[int]:
    for children in _PROC.glob(f"{pid}/task/*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from _descendants(child)


def _command(pid: int) -> str:
    return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
