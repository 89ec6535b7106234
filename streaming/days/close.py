"""Closes a day: writes its whole counts from a snapshot, with the columns of contract.closed_day_schema."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contract.closed_day import HOURS, TOTAL_KEY
from contract.closed_day_schema import CLOSED_DAY_SCHEMA
from contract.files import rename_durably, sync
from contract.language import ALL_LANGUAGES
from streaming.state.count import Count
from streaming.state.snapshot import Snapshot

_ROWS_PER_WRITE = 10_000


def write_closed_day(snapshot: Snapshot, day: date, folder: Path) -> None:
    """Write the counts of a day to ``folder``, durably. Nothing happens if the folder exists."""
    if folder.exists():
        return
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    with pq.ParquetWriter(unfinished / "counts.parquet", CLOSED_DAY_SCHEMA) as writer:
        rows = _rows(snapshot, day)
        while some := list(islice(rows, _ROWS_PER_WRITE)):
            writer.write_table(pa.Table.from_pylist(some, CLOSED_DAY_SCHEMA))
    for path in (unfinished / "counts.parquet", unfinished):
        sync(path)
    rename_durably(unfinished, folder)


def _rows(snapshot: Snapshot, day: date) -> Iterator[dict[str, Any]]:
    for language in snapshot.languages(day):
        for key, count in snapshot.ranked_counts(day, language):
            # Only counts in all languages have spellings.
            spelled = count if language == ALL_LANGUAGES else snapshot.count(day, ALL_LANGUAGES, key)
            yield _row(language, key, count, spelled.spelling() or key)


def _row(language: str, key: str, count: Count, hashtag: str) -> dict[str, Any]:
    authors = count.authors_of_day()
    return {
        "language": language,
        "key": key,
        "hashtag": hashtag,
        "posts": count.posts,
        "authors": authors,
        "hours": count.by_hour(),
        "minutes": sorted(count.minutes.items()) if key == TOTAL_KEY and language == ALL_LANGUAGES else None,
        "hour_authors": None if authors is None else [count.authors_of_hour(hour) for hour in range(HOURS)],
    }
