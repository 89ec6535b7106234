"""JSON that does not have one object per line -> its objects. It may be an array, or objects over many lines. Pure.

The objects of arrays, however nested, are read one by one, so a file of any size needs memory for one of them. After an
object there is no other state, so its offset is enough to resume from.
"""

import re
from collections.abc import Iterator

MAX_OBJECT_BYTES = 64 * 1024 * 1024
"""A longer object is truncated. A page of 100,000 posts is shorter."""

_CUT_BYTES = 128 * 1024
_PIECE_BYTES = 256 * 1024
_BETWEEN = re.compile(rb'(?:[^{"]++|"(?:[^"\\\n]++|\\.)*+"?+)*+', re.DOTALL)
_TO_BRACE = re.compile(rb'(?:[^"{}]++|"(?:[^"\\\n]++|\\.)*+")*+', re.DOTALL)
_IN_STRING = re.compile(rb'["\\\n]')
_SEPARATORS = b" \t\r\n,[]\x1e"


def is_over_lines(head: bytes) -> bool:
    """Return whether a text with this beginning is an array, or has its first object on many lines."""
    first_line, _, rest = head.lstrip().partition(b"\n")
    first_line = first_line.rstrip()
    if first_line.startswith(b"["):
        return True
    # If the next line begins an object, the first one is truncated, as by a crash.
    is_begun = first_line.startswith(b"{") and first_line.endswith((b"{", b"[", b",", b":"))
    return is_begun and not rest.lstrip().startswith(b"{")


def objects_in(text: bytes | memoryview) -> Iterator[bytes]:
    """Yield the objects of an array one by one, and in their places any text that is not an object."""
    splitter = ObjectSplitter(0)
    for start in range(0, len(text), _PIECE_BYTES):
        for found, _ in splitter.feed(text[start : start + _PIECE_BYTES]):
            yield found
    for found, _ in splitter.finish():
        yield found


class ObjectSplitter:
    """Splits a text that comes in pieces into its objects, each with the offset of its end."""

    def __init__(self, offset: int) -> None:
        """Start at ``offset``, which is not inside an object."""
        self._buffer = bytearray()
        self._offset = offset  # of the buffer
        self._place = 0  # in the buffer: the end of the part that is parsed
        self._depth = 0
        self._is_in_string = False
        self._beginning = b""  # of an object that is too long to buffer

    def feed(self, piece: bytes | memoryview) -> list[tuple[bytes, int]]:
        """Return the objects that end in this piece, and in their places any text that is not an object."""
        self._buffer += piece
        found: list[tuple[bytes, int]] = []
        while self._place < len(self._buffer):
            if self._depth:
                self._inside(found)
            else:
                self._between(found)
        if self._depth and len(self._buffer) > MAX_OBJECT_BYTES:
            self._beginning = self._beginning or bytes(self._buffer[:_CUT_BYTES])
            self._discard(min(self._place, len(self._buffer)))
        return found

    def finish(self) -> list[tuple[bytes, int]]:
        """Return the unfinished object at the end of the text, if there is one."""
        found: list[tuple[bytes, int]] = []
        if self._depth:
            self._end_object(len(self._buffer), found)
        return found

    def _between(self, found: list[tuple[bytes, int]]) -> None:
        gap = _BETWEEN.match(self._buffer, self._place)
        end = gap.end() if gap else self._place
        text = bytes(self._buffer[self._place : end])
        self._discard(end)
        if text.translate(None, _SEPARATORS):
            found.append((text.strip(_SEPARATORS)[:_CUT_BYTES], self._offset))
        if self._buffer:
            self._depth, self._place = 1, 1

    def _inside(self, found: list[tuple[bytes, int]]) -> None:
        if self._is_in_string:
            self._in_string(found)
            return
        passed = _TO_BRACE.match(self._buffer, self._place)
        self._place = passed.end() if passed else self._place
        character = self._buffer[self._place : self._place + 1]
        self._place += len(character)
        if character == b"{":
            self._depth += 1
        elif character == b"}":
            self._depth -= 1
            if not self._depth:
                self._end_object(self._place, found)
        elif character == b'"':
            self._is_in_string = True

    def _in_string(self, found: list[tuple[bytes, int]]) -> None:
        special = _IN_STRING.search(self._buffer, self._place)
        if special is None:
            self._place = len(self._buffer)
        elif special[0] == b"\\":
            self._place = special.end() + 1
        elif special[0] == b'"':
            self._is_in_string, self._place = False, special.end()
        else:  # A string cannot contain a line break. The object is broken, but the next one may be valid.
            self._end_object(special.start(), found)

    def _end_object(self, end: int, found: list[tuple[bytes, int]]) -> None:
        text = self._beginning or bytes(self._buffer[:end])
        self._discard(end)
        self._depth, self._is_in_string, self._beginning = 0, False, b""
        found.append((text, self._offset))

    def _discard(self, end: int) -> None:
        del self._buffer[:end]
        self._offset += end
        self._place = max(0, self._place - end)
