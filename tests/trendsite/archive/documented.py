"""An archive of several days and sources, and the code that docs/archive.md shows for it."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from contract.closed_day import closed_day_folder
from contract.dropped import DroppedDay, write_dropped_day
from tests.trendsite.archive.conftest import ROWS, record_race, write_part
from trendsite.archive.pipeline.archive_day import ClosedDay, store_day

ROOT = Path(__file__).resolve().parents[3]
DAYS = [("simulator", date(2026, 11, 20)), ("bluesky", date(2026, 11, 20)), ("simulator", date(2026, 11, 21))]
LATER = ("simulator", date(2026, 12, 1))
"""A day that the queries of November leave out."""

TOP = sorted(
    Counter({row[2]: row[3] * len(DAYS) for row in ROWS if row[0] == "*" and row[1]}).items(),
    key=lambda count: (-count[1], count[0]),
)
"""What each query answers: hashtags with their posts in DAYS, most posts first."""


def write_archive(root: Path, scratch: Path) -> None:
    """Store the days in the folder ``root``, with races and dropped posts."""
    storage = FileSystemStorage(location=root, allow_overwrite=True)
    for source, day in (*DAYS, LATER):
        closed = ClosedDay(source, day, closed_day_folder(scratch, source, day))
        closed.folder.mkdir(parents=True)
        write_part(closed.folder / "counts.parquet", ROWS)
        record_race(closed, (5, "*", 9))
        write_dropped_day(closed.dropped_path, DroppedDay({"late": 1}))
        staging = scratch / f"{source}-{day}"
        staging.mkdir()
        store_day(closed, storage, staging, datetime(2026, 12, 2, tzinfo=UTC), lambda *_rows: None)


def documented(language: str, containing: str) -> str:
    """Return the one code block of docs/archive.md in this language that contains a text."""
    text = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if containing in block]
    return str(block)
