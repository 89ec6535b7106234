"""A closed day's whole counts: left by streaming when the day closes, taken up by the archive.

One Parquet folder a day under DATA_DIR. Columns: ``language`` (string, ``*`` for all), ``key``
(string), ``hashtag`` (string, as shown), ``posts`` (int64), ``authors`` (int64, about how many
distinct authors; null where no post told its author), ``hours`` (24 int64: the posts of each UTC
hour, whose sum is ``posts``), ``minutes`` (map of int32 to int64, whose sum is ``posts``: the UTC minutes
of the day, 0 to 1439, that have posts, in order; told of all posts in all languages and null elsewhere;
null there too, or the column absent, where they were not counted all day), ``hour_authors`` (24 int64: about how
many distinct authors each UTC hour had; null where no post told its author, and the column may be absent).
Rows are sorted by language, posts descending, key. One row a language has the empty key: all posts of the day in that
language. A folder under its final name is complete; it gets that name by a rename.
"""

from datetime import date
from pathlib import Path

COLUMNS = ("language", "key", "hashtag", "posts", "authors", "hours", "minutes", "hour_authors")
HOURS = 24
MINUTES = 1_440
TOTAL_KEY = ""


def closed_day_folder(data_dir: Path, source: str, day: date) -> Path:
    """Return the Parquet folder of one closed day."""
    return data_dir / "closed" / source / day.isoformat()


def closed_days(data_dir: Path) -> list[tuple[str, date, Path]]:
    """Return every (source, day, folder) that waits, oldest day first."""
    found = []
    for folder in (data_dir / "closed").glob("*/*"):
        try:
            day = date.fromisoformat(folder.name)
        except ValueError:
            continue
        found.append((folder.parent.name, day, folder))
    return sorted(found, key=lambda closed: (closed[1], closed[0]))
