"""Writes a closed day's whole counts, as contract.closed_day describes, from a snapshot of the store."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contract.closed_day import HOURS, TOTAL_KEY
from contract.language import ALL_LANGUAGES
from streaming.count import Count
from streaming.counts_snapshot import Snapshot

SCHEMA = pa.schema(
    [
        pa.field("language", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("hashtag", pa.string(), nullable=False),
        pa.field("posts", pa.int64(), nullable=False),
        pa.field("authors", pa.int64()),
        pa.field("hours", pa.list_(pa.int64()), nullable=False),
        pa.field("minutes", pa.map_(pa.int32(), pa.int64())),
        pa.field("hour_authors", pa.list_(pa.int64())),
    ]
)

_ROWS_AT_ONCE = 10_000


def write_closed_day(snapshot: Snapshot, day: date, folder: Path) -> None:
    """Write a day; repeated, it changes nothing."""
    if folder.exists():
        return
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    with pq.ParquetWriter(unfinished / "counts.parquet", SCHEMA) as writer:
        rows = _rows(snapshot, day)
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(some, SCHEMA))
    unfinished.rename(folder)


def _rows(snapshot: Snapshot, day: date) -> Iterator[dict[str, Any]]:
    for language in snapshot.languages(day):
        for key, count in snapshot.ranked_counts(day, language):
            # Spellings are told in all languages only.
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
