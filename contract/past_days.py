"""The simulated days before the simulator's first start: launch runs collector and streaming once, one after the other.

Both use one folder under DATA_DIR, with files of posts as :mod:`contract.backfill` defines them. ``PROGRESS`` holds one
line for people. When the days are counted, only ``DONE`` remains, with the last such line: they are never simulated
again.
"""

from pathlib import Path
from typing import NamedTuple

PROGRESS = "progress"
PROGRESS_SECONDS = 60.0
"""A line of progress that is older was left by a start that was killed: a day takes a second or two."""

DONE = "done"


def past_days_folder(data_dir: Path) -> Path:
    """Return the folder."""
    return data_dir / "past-days"


class PastDays(NamedTuple):
    """One line about the days, while they are simulated and when they are done; empty before."""

    progress: str
    result: str


def read_past_days(data_dir: Path) -> PastDays:
    """Return how far the days before the first start are simulated."""
    folder = past_days_folder(data_dir)
    return PastDays(_line(folder / PROGRESS), _line(folder / DONE))


def are_being_simulated(data_dir: Path, now: float) -> bool:
    """Return whether the days are being simulated at ``now``, in seconds since 1970."""
    try:
        return now - (past_days_folder(data_dir) / PROGRESS).stat().st_mtime < PROGRESS_SECONDS
    except OSError:
        return False


def _line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
