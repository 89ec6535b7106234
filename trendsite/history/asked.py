"""How the site wakes the process that archives, when somebody asked for an :class:`ArchiveTask`.

A file in a folder of DATA_DIR, with a new name each time. That process watches without Django, so it cannot look into
the database; what was asked for is only there.
"""

import time
from pathlib import Path


def wake(data_dir: Path) -> None:
    """Say that there is something to do.

    Raises:
        OSError: the disk is full or broken.
    """
    folder = _folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(time.time_ns())).touch()


def calls(data_dir: Path) -> frozenset[Path]:
    """Return what is said and not answered yet."""
    return frozenset(_folder(data_dir).glob("*"))


def answer(data_dir: Path) -> None:
    """Take back what is said, before looking what there is to do: what is said later is heard again."""
    for call in calls(data_dir):
        call.unlink(missing_ok=True)


def _folder(data_dir: Path) -> Path:
    return data_dir / "archive-asked"
