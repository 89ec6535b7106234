"""Twisted's reactor on asyncio's loop, which writes first and waits for the kernel only when a socket is full.

Twisted's own asks the kernel before each write whether the socket is writable. It nearly always is, and with thousands
of viewers the two system calls and the extra event cost more than the write.
"""

import asyncio
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor


class EagerReactor(AsyncioSelectorReactor):  # type: ignore[misc]  # its types are skipped, as all of Twisted's
    """Writes what transports were given at the end of each turn of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run on ``loop``."""
        self.loop = loop
        self._unwritten: dict[Any, None] = {}
        self._writing: dict[Any, None] = {}
        super().__init__(loop)

    def addWriter(self, writer: Any) -> None:  # noqa: ANN401 - any IWriteDescriptor
        """Let a transport write soon."""
        if not self._unwritten:
            self.loop.call_soon(self._write)
        self._unwritten[writer] = None

    def removeWriter(self, writer: Any) -> None:  # noqa: ANN401 - any IWriteDescriptor
        """Forget a transport, which has nothing more to write."""
        self._unwritten.pop(writer, None)
        self._writing.pop(writer, None)
        super().removeWriter(writer)

    def _write(self) -> None:
        """Let each transport write; one with bytes left writes again when the kernel has room."""
        self._writing, self._unwritten = self._unwritten, {}
        while self._writing:
            writer = next(iter(self._writing))
            self._readOrWrite(writer, read=False)
            if writer in self._writing:
                del self._writing[writer]
                super().addWriter(writer)
