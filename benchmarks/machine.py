"""What the figures were measured on, and of which code."""

import os
import platform
import subprocess
from pathlib import Path

import msgspec

from benchmarks.stack import ROOT


class Machine(msgspec.Struct, frozen=True):
    """A machine, as far as it explains a figure."""

    processor: str
    cores: int
    memory_mib: int
    kernel: str
    python: str


def this_machine() -> Machine:
    """Return the machine that this runs on; a Linux."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return Machine(_processor(Path("/proc/cpuinfo")), cores, memory, platform.release(), platform.python_version())


def revision() -> str:
    """Return the short git revision of the code, with a plus when it was changed since; ``unknown`` without git."""
    try:
        short = _git("rev-parse", "--short", "HEAD")
        return short + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor(cpuinfo: Path) -> str:
    for line in cpuinfo.read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - git of PATH
    return done.stdout.strip()
