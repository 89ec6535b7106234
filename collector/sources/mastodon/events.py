"""Bytes of a server -> server-sent events. Pure.

The pieces of a connection end anywhere: inside a line, inside a character, between CR and LF. Lines end as in the
standard: LF, CRLF or CR. A line that begins with a colon is a comment, which servers send to show that they live.
"""

from collections.abc import Iterator
from typing import NamedTuple

from collector.sources.fields import MAX_POST_BYTES

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_NAME_BYTES = 64


class Event(NamedTuple):
    """An event: its name, such as ``update``, and its data. ``data`` is None if it is longer than MAX_POST_BYTES."""

    name: bytes
    data: bytes | None


class EventReader:
    """Reads the events of one connection. It holds at most one unfinished event, of at most MAX_POST_BYTES."""

    def __init__(self) -> None:
        self._begun = bytearray()  # a line without its end
        self._is_cut = False  # the rest of this line is left out
        self._ended_with_cr = False
        self._is_first = True
        self._name = b""
        self._data: list[bytes] = []
        self._data_bytes = 0
        self._is_too_long = False

    def feed(self, piece: bytes) -> list[Event]:
        """Return the events that end in the next piece of the connection."""
        if b"\r" in piece or self._ended_with_cr:
            piece = self._with_line_feeds(piece)
        end = piece.rfind(b"\n")
        if end < 0:
            self._begin_line(piece)
            return []
        lines = piece[:end].split(b"\n")
        if self._begun or self._is_cut:
            lines[0] = bytes(self._begun) + lines[0]
            self._begun.clear()
        cut, self._is_cut = self._is_cut, False
        if cut:
            lines[0] = b":"
            self._is_too_long = True
        if self._is_first:
            self._is_first = False
            lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
        self._begin_line(piece[end + 1 :])
        return list(self._events(lines))

    def _with_line_feeds(self, piece: bytes) -> bytes:
        if self._ended_with_cr:
            piece = piece.removeprefix(b"\n")
        self._ended_with_cr = piece.endswith(b"\r")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _begin_line(self, text: bytes) -> None:
        """Hold the beginning of a line. Of one that is too long nothing is held."""
        if self._is_cut:
            return
        self._begun += text
        if len(self._begun) > MAX_POST_BYTES:
            self._begun.clear()
            self._is_cut = True

    def _events(self, lines: list[bytes]) -> Iterator[Event]:
        for line in lines:
            if not line:
                if self._data or self._is_too_long:
                    yield Event(self._name, None if self._is_too_long else b"\n".join(self._data))
                self._name, self._data, self._data_bytes, self._is_too_long = b"", [], 0, False
            elif line.startswith(b"data:"):
                self._add_data(line[6:] if line.startswith(b"data: ") else line[5:])
            elif line.startswith(b"event:"):
                self._name = line[6:].removeprefix(b" ")[:_MAX_NAME_BYTES]

    def _add_data(self, data: bytes) -> None:
        self._data_bytes += len(data) + 1
        if self._data_bytes > MAX_POST_BYTES:
            self._data, self._is_too_long = [], True
        elif not self._is_too_long:
            self._data.append(data)
