"""Room on disk, looked at before anything is written."""

import shutil
from collections.abc import Callable
from pathlib import Path

from launch.cannot_start import CannotStartError


def free_megabytes(folder: Path) -> int:
    """Return what is free on the disk of ``folder``, which need not exist yet."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(existing).free // 1_000_000


def require_space(folder: Path, megabytes: int, purpose: str, free: Callable[[Path], int] = free_megabytes) -> None:
    """Check that ``folder`` can take ``megabytes`` more.

    Raises:
        CannotStartError: the disk is too full; ``purpose`` says what needed the room.
    """
    available = free(folder)
    if available < megabytes:
        raise CannotStartError(
            f"the disk is too full: {purpose} needs {megabytes:,} MB in {folder}, {available:,} MB are free"
        )
