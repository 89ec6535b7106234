"""Closes a day: writes its counts and pairs from a snapshot, with the columns of contract.closed_day_schema."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contract.closed_day import HOURS, TOTAL_KEY
from contract.closed_day_schema import CLOSED_DAY_SCHEMA, PAIRS_SCHEMA
from contract.files import rename_durably, sync
from contract.language import ALL_LANGUAGES
from contract.pairs import pairs_file
from streaming.state.count import Count
from streaming.state.snapshot import Snapshot

_ROWS_PER_WRITE = 10_000


def write_closed_day(snapshot: Snapshot, day: date, folder: Path) -> None:
    """Write the counts and pairs of a day to ``folder``, durably. Nothing happens if the folder exists."""
    if folder.exists():
        return
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _write(unfinished / "counts.parquet", CLOSED_DAY_SCHEMA, _rows(snapshot, day))
    _write(pairs_file(unfinished), PAIRS_SCHEMA, _pairs(snapshot, day))
    sync(unfinished)
    rename_durably(unfinished, folder)


def _write(path: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]]) -> None:
    with pq.ParquetWriter(path, schema) as writer:
        while some := list(islice(rows, _ROWS_PER_WRITE)):
            writer.write_table(pa.Table.from_pylist(some, schema))
    sync(path)


def _rows(snapshot: Snapshot, day: date) -> Iterator[dict[str, Any]]:
    for language in snapshot.languages(day):
        for key, count in snapshot.ranked_counts(day, language):
            # Only counts in all languages have spellings.
            is_of_all = language == ALL_LANGUAGES or count.only_language
            spelled = count if is_of_all else snapshot.count(day, ALL_LANGUAGES, key)
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


def _pairs(snapshot: Snapshot, day: date) -> Iterator[dict[str, Any]]:
    """Yield the rows of the pairs; a hashtag's name and posts are those of the whole day."""
    found = {key: summary.partners() for key, summary in snapshot.pairs(day)}
    counts = snapshot.some_counts(day, ALL_LANGUAGES, list(found))
    for key in sorted(found, key=lambda key: (-counts[key].posts, key)):
        partners = found[key]
        of_partners = snapshot.some_counts(day, ALL_LANGUAGES, [partner.key for partner in partners.partners])
        for partner in partners.partners:
            of_partner = of_partners[partner.key]
            yield {
                "key": key,
                "hashtag": counts[key].spelling() or key,
                "posts": counts[key].posts,
                "partner": partner.key,
                "partner_hashtag": of_partner.spelling() or partner.key,
                "partner_posts": of_partner.posts,
                "least": partner.least,
                "most": partner.most,
                "beyond": partners.beyond,
            }
