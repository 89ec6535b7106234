"""A backfill: recordings that the collector converts and streaming counts as whole days.

It has one folder under DATA_DIR, which is removed when its days are archived. It contains ``posts-00000.ndjson`` and
so on: lines of :mod:`contract.post` in the order of the recordings, each file at most POSTS_FILE_BYTES long. CONVERSION
is written last: a folder without it is not complete.
"""

from datetime import date
from pathlib import Path

import msgspec

from contract.files import write_atomically

POSTS_FILE_BYTES = 8 * 1024 * 1024
CONVERSION = "conversion.json"


class Conversion(msgspec.Struct):
    """The result of converting recordings.

    ``name`` is the default name of their source, safe in paths. ``days`` has the number of posts of each UTC day,
    ``dropped`` the number of dropped ones, by reason.
    """

    name: str
    days: dict[date, int]
    dropped: dict[str, int]


def posts_file(folder: Path, number: int) -> Path:
    """Return the file of posts with that number, counted from 0."""
    return folder / f"posts-{number:05}.ndjson"


def posts_files(folder: Path) -> list[Path]:
    """Return the files of posts, in order."""
    return sorted(folder.glob("posts-*.ndjson"), key=lambda path: int(path.stem.removeprefix("posts-")))


def write_conversion(folder: Path, conversion: Conversion) -> None:
    """Write the conversion, durably. The folder is complete now."""
    write_atomically(folder / CONVERSION, msgspec.json.encode(conversion))


def read_conversion(folder: Path) -> Conversion:
    """Return the conversion of a folder.

    Raises:
        OSError: the folder is not complete.
        msgspec.DecodeError: the conversion is of another version.
    """
    return msgspec.json.decode((folder / CONVERSION).read_bytes(), type=Conversion)
