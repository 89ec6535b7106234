"""Lines for a person: one that is rewritten in place where the terminal can, plain ones where it cannot."""

import shutil
from typing import TextIO

_REWRITE = "\r\x1b[K"


class Terminal:
    """Where launch prints. ``live`` says whether a line can be rewritten; otherwise updates are left out."""

    def __init__(self, stream: TextIO, live: bool) -> None:
        """Print to ``stream``."""
        self._stream = stream
        self.live = live
        self._pending = False

    def say(self, text: str) -> None:
        """Print a line that stays, in place of the update before it."""
        self._write(f"{_REWRITE if self._pending else ''}{text}\n")
        self._pending = False

    def update(self, text: str) -> None:
        """Show a passing line, replaced by whatever comes next."""
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"{_REWRITE}{text[:width]}")
            self._pending = True

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
