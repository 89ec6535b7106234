"""A small disk for the spool, a tmpfs, which can be filled to its last byte and emptied again."""

import contextlib
import errno
import subprocess
from pathlib import Path
from types import TracebackType

_SIZE = "48m"
_CHUNK = bytes(64 * 1024)


class SmallDisk:
    """A tmpfs at ``folder`` while the block runs; ``missing`` says why there is none, empty when there is."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing is mounted yet."""
        self._folder = folder
        self._ballast = folder / "ballast"
        self.missing = ""

    def __enter__(self) -> "SmallDisk":
        self._folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(self._folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.missing = done.stderr.strip()
        except OSError as error:
            self.missing = str(error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self.missing:
            subprocess.run(["umount", "--lazy", str(self._folder)], check=True)

    def fill(self) -> None:
        """Leave no byte free."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for chunk in (_CHUNK, _CHUNK[:4096], b"\0"):
                try:
                    while True:
                        ballast.write(chunk)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def empty(self) -> None:
        """Free what was filled."""
        with contextlib.suppress(FileNotFoundError):
            self._ballast.unlink()
