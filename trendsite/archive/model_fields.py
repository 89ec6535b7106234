"""How the database stores an archived day: counts as text, race frames as compressed lines."""

import lzma
from collections.abc import Iterable, Sequence

from django.db import models

from contract.race import Frame, decode_frame, encode_frames


class CountsField(models.Field):  # type: ignore[type-arg]  # generic only in its stubs
    """The posts of a day's UTC hours or minutes: a list in Python, text (``0 0 3 ...``) in the database.

    Text is the same on SQLite and PostgreSQL, readable in both, and about 50 bytes for the hours of a rare hashtag.
    JSON takes half as much again on SQLite and several times that on PostgreSQL. Only PostgreSQL has arrays. No query
    needs a single hour.
    """

    def get_internal_type(self) -> str:
        """Return the kind of column."""
        return "TextField"

    def from_db_value(self, value: str | None, *_context: object) -> list[int] | None:
        """Return the list of a stored value."""
        return self.to_python(value)

    def to_python(self, value: Sequence[int] | str | None) -> list[int] | None:
        """Return the list of a stored or a Python value."""
        if value is None:
            return None
        return [int(posts) for posts in (value.split() if isinstance(value, str) else value)]

    def get_prep_value(self, value: Sequence[int] | str | None) -> str | None:
        """Return the value to store."""
        counts = self.to_python(value)
        return None if counts is None else " ".join(map(str, counts))


# The window spans a whole race. A larger one would only take more memory.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 20}]


def pack_frames(frames: Iterable[Frame]) -> bytes:
    """Return frames compressed; the same frames give the same bytes.

    Neighbouring frames are nearly alike, so little remains: ``docs/architecture.md`` has the figures.
    """
    return lzma.compress(encode_frames(frames), filters=_FILTERS)


def unpack_frames(packed: bytes | memoryview) -> list[Frame]:
    """Return the frames of ``pack_frames``."""
    return [decode_frame(line) for line in lzma.decompress(packed).splitlines()]
