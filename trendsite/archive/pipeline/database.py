"""What the database stores of a closed day: summarised while the rows pass on their way to storage, then written."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, TypedDict

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from contract.closed_day import MINUTES
from contract.dropped import DroppedDay
from contract.language import ALL_LANGUAGES
from trendsite.archive.models import STORED_PARTNERS, Day, DayCount, DayLanguage, DayPartners, DayRace
from trendsite.archive.pipeline.pair_files import partners_by_key


class TopHashtag(NamedTuple):
    """One place of a top list, in the columns of contract.closed_day_schema."""

    key: str
    hashtag: str
    posts: int
    authors: int | None
    hours: list[int] | None
    hour_authors: list[int] | None


@dataclass
class LanguageSummary:
    """A day in one language: its totals, the number of its hashtags, and the top ones, most posts first."""

    posts: int
    authors: int | None
    hours: list[int] | None
    hashtags: int = 0
    top: list[TopHashtag] = field(default_factory=list)


class DaySummary:
    """A day by language; ``*`` stands for all.

    ``minutes`` are the posts of each minute, None where they were not counted. ``pairs`` has the columns of
    contract.closed_day_schema.PAIRS_SCHEMA, None where pairs were not counted. ``races`` are packed frames by language,
    empty without a recorded race. ``lacks`` is what the collector recorded that the day lacks.
    """

    def __init__(self, max_ranks: int) -> None:
        """Collect the ``max_ranks`` most used hashtags of each language."""
        self.languages: dict[str, LanguageSummary] = {}
        self.minutes: list[int] | None = None
        self.pairs: pa.Table | None = None
        self.races: dict[str, bytes] = {}
        self.lacks = DroppedDay()
        self._max_ranks = max_ranks

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the next rows, as :func:`closed_counts.read_counts` yields them."""
        runs = pc.run_end_encode(batch["language"])
        start = 0
        for language, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            self._add_language(language, batch.slice(start, end - start))
            start = end

    def _add_language(self, language: str, rows: pa.RecordBatch) -> None:
        if language not in self.languages:
            # A language's first row is its total.
            self.languages[language] = LanguageSummary(
                *(rows[name][0].as_py() for name in ("posts", "authors", "hours"))
            )
            if language == ALL_LANGUAGES:
                self.minutes = _every_minute(rows["minutes"][0].as_py())
            rows = rows.slice(1)
        summary = self.languages[language]
        summary.hashtags += rows.num_rows
        missing = rows.slice(0, self._max_ranks - len(summary.top))
        columns = (missing[name].to_pylist() for name in TopHashtag._fields)
        summary.top.extend(map(TopHashtag, *columns))


def _every_minute(minutes: list[tuple[int, int]] | None) -> list[int] | None:
    if minutes is None:
        return None
    posts = dict(minutes)
    return [posts.get(minute, 0) for minute in range(MINUTES)]


class FileSizes(TypedDict):
    """The size of each stored file of a day in bytes, 0 without the file."""

    parquet_bytes: int
    csv_bytes: int
    race_bytes: int


def record(source: str, day: date, summary: DaySummary, sizes: FileSizes, archived_at: datetime) -> None:
    """Write a day, its totals, its top hashtags, its races and its pairs in one transaction.

    A day that is archived again keeps its ``archived_at``, and its dropped posts and known gaps if the summary has
    none. All its other rows are replaced.
    """
    with transaction.atomic():
        values = {**sizes, "minutes": summary.minutes}
        if summary.lacks.dropped is not None:
            values["dropped"] = summary.lacks.dropped
        if summary.lacks.gaps:
            values["known_gaps"] = msgspec.to_builtins(summary.lacks.gaps)
        row, _ = Day.objects.update_or_create(
            source=source, date=day, defaults=values, create_defaults={**values, "archived_at": archived_at}
        )
        row.languages.all().delete()
        row.counts.all().delete()
        row.races.all().delete()
        row.partners.all().delete()
        for language, total in summary.languages.items():
            DayLanguage.objects.create(
                day=row,
                language=language,
                posts=total.posts,
                authors=total.authors,
                hours=total.hours,
                hashtags=total.hashtags,
            )
            DayCount.objects.bulk_create(_counts(row, language, total))
        for language, frames in summary.races.items():
            DayRace.objects.create(day=row, language=language, frames=frames)
        DayPartners.objects.bulk_create(_partners(row, summary))
    _refresh_statistics()


def _counts(day: Day, language: str, total: LanguageSummary) -> list[DayCount]:
    return [
        DayCount(day=day, language=language, rank=rank, **top._asdict()) for rank, top in enumerate(total.top, start=1)
    ]


def _partners(day: Day, summary: DaySummary) -> list[DayPartners]:
    """Return the rows of the day's top hashtags that have partners."""
    if summary.pairs is None:
        return []
    top = {hashtag.key for hashtag in summary.languages[ALL_LANGUAGES].top}
    found = partners_by_key(summary.pairs, STORED_PARTNERS)
    return [DayPartners(day=day, key=key, partners=partners) for key, partners in found if key in top]


def _refresh_statistics() -> None:
    """Let SQLite measure its tables; PostgreSQL does so by itself.

    Without statistics, SQLite reads and sorts every count to show the newest: 17 s with 3.65 million counts, 1 ms with
    statistics. The limit bounds the refresh to milliseconds.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
