"""The folder where a day's files lie on their way to storage, and the lock that goes with it.

Under DATA_DIR, so that a folder storage beside it takes the files over by a rename.
"""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path


class BusyError(RuntimeError):
    """Another archive is at work in this DATA_DIR."""


@contextlib.contextmanager
def staging(data_dir: Path) -> Iterator[Path]:
    """Yield an empty folder, for one archive at a time; what a killed one left in it is gone.

    Raises:
        BusyError: another process has it. The system frees the lock when that process ends.
    """
    folder = data_dir / "archiving"
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "archiving.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError("another archive is at work: try again when it is done") from None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
