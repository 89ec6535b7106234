"""A closed day: a folder of Parquet files that streaming writes when the day closes and the archive takes over.

There is one folder a day under DATA_DIR. :mod:`contract.closed_day_schema` has its columns and the order of its rows.
Streaming renames the folder to its final name when it is complete.
"""

from datetime import date
from pathlib import Path

HOURS = 24
MINUTES = 1_440
TOTAL_KEY = ""
"""The key of the row with all posts of a language."""


def closed_day_folder(data_dir: Path, source: str, day: date) -> Path:
    """Return the Parquet folder of one closed day."""
    return data_dir / "closed" / source / day.isoformat()


def reopened_file(data_dir: Path, source: str, day: date) -> Path:
    """Return the file that marks a day as closed a second time. The archive archives the day again and removes it."""
    return data_dir / "closed" / source / f".{day.isoformat()}.reopened"


def closed_days(data_dir: Path) -> list[tuple[str, date, Path]]:
    """Return every (source, day, folder) that waits for the archive, oldest day first."""
    found = []
    for folder in (data_dir / "closed").glob("*/*"):
        try:
            day = date.fromisoformat(folder.name)
        except ValueError:
            continue
        found.append((folder.parent.name, day, folder))
    return sorted(found, key=lambda closed: (closed[1], closed[0]))
