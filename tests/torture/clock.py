"""The wall clock as the processes under torture see it: it leaps, and the machine's own stays as it is."""

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")


class LeapingClock:
    """A library to preload, and the file that tells it how many seconds to be ahead."""

    def __init__(self, folder: Path) -> None:
        """Make both in ``folder``; ``missing`` says why clocks cannot leap, empty when they can."""
        self._file = folder / "clock"
        self._file.write_bytes(bytes(8))
        self._seconds = 0
        self._library = folder / "clock.so"
        compiler = shutil.which("cc")
        self.missing = "" if compiler else "there is no C compiler"
        if compiler:
            command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(self._library), str(_SOURCE)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.missing = done.stderr.partition("\n")[0]

    def environment(self) -> dict[str, str]:
        """Return what a process needs to see this clock."""
        return {} if self.missing else {"LD_PRELOAD": str(self._library), "TORTURE_CLOCK": str(self._file)}

    def leap(self, seconds: int) -> None:
        """Put the clock forward, or back, for all at once."""
        self._seconds += seconds
        with self._file.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            shared[:] = struct.pack("q", self._seconds)
