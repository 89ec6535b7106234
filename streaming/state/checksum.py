"""Stored bytes with a checksum of themselves and of the row that they belong to. Pure."""

from zlib import crc32

from streaming.state.errors import DamagedCountError

_CHECKSUM_BYTES = 4


def checked(content: bytes, place: bytes) -> bytes:
    """Return ``content`` behind a checksum of it and of ``place``, the name of its row."""
    return crc32(content, crc32(place)).to_bytes(_CHECKSUM_BYTES) + content


def unchecked(stored: bytes, place: bytes) -> bytes:
    """Return the content that ``checked`` got for ``place``.

    Raises:
        DamagedCountError: the bytes have changed, or belong to another place.
    """
    content = stored[_CHECKSUM_BYTES:]
    if crc32(content, crc32(place)).to_bytes(_CHECKSUM_BYTES) != stored[:_CHECKSUM_BYTES]:
        raise DamagedCountError("a count does not match its checksum")
    return content
