"""The stored counts of archived days as Arrow tables, one for each day and source, without hidden hashtags."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import ExpressionWrapper, F, TextField

from trendsite.archive.models import Day, DayCount
from trendsite.queries.hiding import hides_in
from trendsite.queries.periods import Period

COUNTS_SCHEMA = pa.schema(
    [
        pa.field("day", pa.date32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("rank", pa.int64(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("hashtag", pa.string(), nullable=False),
        pa.field("posts", pa.int64(), nullable=False),
        pa.field("authors", pa.int64()),
        pa.field("hours", pa.list_(pa.field("element", pa.int64()))),
    ]
)
"""One row for each stored hashtag of a day, source and language. ``hours`` are null in the oldest days."""

_COLUMNS = ("language", "key", "hashtag", "posts", "authors", "hours_text")

DayOfSource = tuple[int, date, str]
"""The row of an archived day, its date and its source."""


def stored_days(sources: Collection[str], period: Period) -> list[DayOfSource]:
    """Return the archived days of some sources in a period, oldest first."""
    days = Day.objects.filter(source__in=sources, date__range=(period.first, period.last))
    return list(days.order_by("date", "source").values_list("pk", "date", "source"))


def read_batches(days: Sequence[DayOfSource], languages: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the counts of each day in COUNTS_SCHEMA, in the order given, by language and rank.

    Each day is a query of its own, so a slow reader holds no cursor open.
    """
    for pk, day, source in days:
        yield _batch(pk, day, source, languages)


def _batch(pk: int, day: date, source: str, languages: Sequence[str]) -> pa.RecordBatch:
    stored = DayCount.objects.filter(day_id=pk, language__in=languages).order_by("language", "rank")
    # As text the hours need no list of numbers in Python.
    hours_text = ExpressionWrapper(F("hours"), output_field=TextField())
    rows = _visible(list(stored.annotate(hours_text=hours_text).values_list(*_COLUMNS)))
    ranks = [rank for rank, _ in rows]
    language, key, hashtag, posts, authors, hours = zip(*(row for _, row in rows), strict=True) if rows else [()] * 6
    columns = [
        pa.array([day] * len(rows), pa.date32()),
        pa.array([source] * len(rows), pa.string()),
        pa.array(language, pa.string()),
        pa.array(ranks, pa.int64()),
        pa.array(key, pa.string()),
        pa.array(hashtag, pa.string()),
        pa.array(posts, pa.int64()),
        pa.array(authors, pa.int64()),
        pc.split_pattern(pa.array(hours, pa.string()), " ").cast(COUNTS_SCHEMA.field("hours").type),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=COUNTS_SCHEMA)


def _visible(rows: Sequence[tuple[str, ...]]) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows without hidden hashtags, each with its rank among the visible ones of its language."""
    now = datetime.now(UTC)
    found: list[tuple[int, tuple[str, ...]]] = []
    rank, language, hides = 0, None, None
    for row in rows:
        if row[0] != language:
            rank, language = 0, row[0]
            hides = hides_in((language,), now)
        if hides and hides(row[1]):
            continue
        rank += 1
        found.append((rank, row))
    return found
