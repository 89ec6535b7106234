"""Folders for work in progress under DATA_DIR, each with the lock that goes with it."""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path


class BusyError(RuntimeError):
    """Another process does the same work in this DATA_DIR."""


def staging(data_dir: Path, wait: bool = False) -> AbstractContextManager[Path]:
    """Return the folder where a day's files lie on their way to storage, as ``exclusive_folder`` yields it.

    Under DATA_DIR, so that a folder storage beside it takes the files over by a rename.
    """
    return exclusive_folder(data_dir / "archiving", "archive", wait)


@contextlib.contextmanager
def exclusive_folder(folder: Path, work: str, wait: bool = False) -> Iterator[Path]:
    """Yield an empty folder, for one process at a time; what a killed one left in it is gone.

    ``wait`` waits until the folder is free. The system frees it when the process that has it ends.

    Raises:
        BusyError: another process has it; ``work`` is what that does.
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
    """Return a folder after making it anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder
