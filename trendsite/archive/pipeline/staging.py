"""Folders for files in progress under DATA_DIR, each with a lock for one process at a time."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from trendsite.archive.pipeline.archive_errors import BusyError


def staging(data_dir: Path, wait: bool = False) -> AbstractContextManager[Path]:
    """Return the folder for a day's files on their way to storage, as ``exclusive_folder`` yields it.

    It is under DATA_DIR, so a storage folder beside it takes the files over by a rename.
    """
    return exclusive_folder(data_dir / "archiving", "archive", wait)


@contextlib.contextmanager
def exclusive_folder(folder: Path, work: str, wait: bool = False) -> Iterator[Path]:
    """Yield an empty folder, for one process at a time. Leftovers of a killed process are removed first.

    ``wait`` waits until the folder is free. The system frees it when the process that has it ends.

    Raises:
        BusyError: another process has it. The message names its ``work``.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise BusyError(f"another {work} is at work: try again when it is done") from None
        try:
            yield emptied(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def emptied(folder: Path) -> Path:
    """Remove a folder with its content and create it again; return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder
