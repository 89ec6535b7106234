"""A place in the stream, as it stands in Spark's checkpoint: the offset and its checksum.

Spark keeps it as plain text. A single wrong digit there would count posts twice or not at all,
and nothing else would tell.
"""

from collections.abc import Mapping
from typing import Any
from zlib import crc32


class DamagedPositionError(ValueError):
    """A position that nobody wrote so. The message is one line."""


def position(offset: int) -> dict[str, int]:
    """Return the position of an offset."""
    return {"offset": offset, "crc": crc32(b"%d" % offset)}


def offset_of(written: Mapping[str, Any]) -> int:
    """Return the offset of a position.

    Raises:
        DamagedPositionError: its checksum is not that of its offset.
    """
    offset = written.get("offset")
    if not isinstance(offset, int) or dict(written) != position(offset):
        raise DamagedPositionError(f"the position {dict(written)} is damaged")
    return offset
