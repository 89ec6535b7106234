"""What was dropped of a stream, day by day: the collector leaves it, the archive takes it up.

One JSON file a day, an object of counts by reason, as :class:`contract.status.CollectorStatus` names them. A drop
belongs to the day in which the stream's clock stood, since much of what is dropped has no time of its own. The file is
there once the clock has left the day; a day that was not watched from its first moment to its last has none.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec


def dropped_file(data_dir: Path, source: str, day: date) -> Path:
    """Return the file of a day."""
    return data_dir / "dropped" / source / f"{day.isoformat()}.json"


def dropped_files(data_dir: Path) -> list[tuple[str, date, Path]]:
    """Return every (source, day, file) there is."""
    found = []
    for path in (data_dir / "dropped").glob("*/*.json"):
        try:
            found.append((path.parent.name, date.fromisoformat(path.stem), path))
        except ValueError:
            continue
    return found


def write_dropped(path: Path, dropped: Mapping[str, int]) -> None:
    """Write a day's counts, whole or not at all.

    Raises:
        OSError: the disk is full or broken.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(msgspec.json.encode(dict(sorted(dropped.items()))))
    unfinished.replace(path)


def read_dropped(path: Path) -> dict[str, int] | None:
    """Return a day's counts by reason, None where they are not on record.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except (FileNotFoundError, msgspec.DecodeError):
        return None
