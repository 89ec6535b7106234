"""The executors of a cluster on this machine, found in Linux's /proc by the folder in which they work."""

import contextlib
from pathlib import Path

from benchmarks.processes import tree

_PROGRAM = b"CoarseGrainedExecutorBackend"
_ESTABLISHED = "01"


def executors_in(folder: Path) -> list[int]:
    """Return the process ids of the executors that work inside ``folder``."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if _is_executor(pid) and _works_in(pid, folder)]


def readers_in(folder: Path, port: int) -> list[int]:
    """Return those of which a task is connected to a collector on ``port``."""
    return [pid for pid in executors_in(folder) if any(_is_connected(child, port) for child in tree(pid))]


def _is_executor(pid: int) -> bool:
    """Return whether a process is an executor's Java. The shell that starts it under YARN has the same words."""
    try:
        program, *words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return program.endswith(b"java") and any(word.endswith(_PROGRAM) for word in words)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    except OSError:
        return False


def _is_connected(pid: int, port: int) -> bool:
    """Return whether a process has an open connection to a TCP port, in its own network namespace."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
        rows = [line.split() for line in lines]
        inodes = {row[9] for row in rows if row[3] == _ESTABLISHED and int(row[2].split(":")[1], 16) == port}
        links = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
        return any(f"socket:[{inode}]" in links for inode in inodes)
    return False
