"""The frames of one day and language as the database keeps them: lines of contract.race, compressed.

Neighbouring frames are nearly alike, so little is left of them: ``docs/architecture.md`` has the figures.
"""

import lzma
from collections.abc import Iterable

from contract.race import Frame, decode_frame, encode_frames

# The window spans a whole race; a larger one would only take memory while it is packed.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 20}]


def pack(frames: Iterable[Frame]) -> bytes:
    """Return frames as few bytes; the same frames give the same bytes."""
    return lzma.compress(encode_frames(frames), filters=_FILTERS)


def unpack(packed: bytes | memoryview) -> list[Frame]:
    """Return the frames of ``pack``."""
    return [decode_frame(line) for line in lzma.decompress(packed).splitlines()]
