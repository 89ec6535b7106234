"""Recordings on their way to being counted as whole days: left by the collector, counted by streaming.

One folder under DATA_DIR, gone when its days are archived. It holds ``posts-00000.ndjson`` and so on,
lines of :mod:`contract.post` in the order of the recordings, each file at most POSTS_FILE_BYTES long;
and, written last, CONVERSION. A folder without that one is not whole.
"""

from datetime import date
from pathlib import Path

import msgspec

POSTS_FILE_BYTES = 8 * 1024 * 1024
CONVERSION = "conversion.json"


class Conversion(msgspec.Struct):
    """What became of the recordings.

    ``name`` is what their source is called unless somebody names it, safe in paths; ``days`` holds the posts
    of each UTC day, and ``dropped`` how many were left out, by reason.
    """

    name: str
    days: dict[date, int]
    dropped: dict[str, int]


def posts_file(folder: Path, number: int) -> Path:
    """Return the file of posts of that number, counted from 0."""
    return folder / f"posts-{number:05}.ndjson"


def posts_files(folder: Path) -> list[Path]:
    """Return the files of posts, in order."""
    return sorted(folder.glob("posts-*.ndjson"), key=lambda path: int(path.stem.removeprefix("posts-")))


def write_conversion(folder: Path, conversion: Conversion) -> None:
    """Declare the folder whole."""
    (folder / CONVERSION).write_bytes(msgspec.json.encode(conversion))


def read_conversion(folder: Path) -> Conversion:
    """Return what became of the recordings.

    Raises:
        OSError: the folder is not whole.
        msgspec.DecodeError: the conversion is of another version.
    """
    return msgspec.json.decode((folder / CONVERSION).read_bytes(), type=Conversion)
