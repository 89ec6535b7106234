"""Writes an archived day to the database: last step of the archive, all or nothing."""

from datetime import date, datetime
from typing import TypedDict

from django.db import connection, transaction

from trendsite.history.models import Day, DayCount, DayLanguage, DayRace
from trendsite.history.summary import DaySummary, LanguageSummary


class FileSizes(TypedDict):
    """Bytes of a day's files in storage; 0 for one that it does not have."""

    parquet_bytes: int
    csv_bytes: int
    race_bytes: int


def record(source: str, day: date, summary: DaySummary, sizes: FileSizes, archived_at: datetime) -> None:
    """Write a day, its totals, its top hashtags and its races in one transaction.

    A day that is there already keeps its ``archived_at``, and what is on record of its dropped posts if nothing
    newer is; its other rows are replaced.
    """
    with transaction.atomic():
        told = {**sizes, "minutes": summary.minutes}
        if summary.dropped is not None:
            told["dropped"] = summary.dropped
        row, _ = Day.objects.update_or_create(
            source=source, date=day, defaults=told, create_defaults={**told, "archived_at": archived_at}
        )
        row.languages.all().delete()
        row.counts.all().delete()
        row.races.all().delete()
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
    _refresh_statistics()


def _counts(day: Day, language: str, total: LanguageSummary) -> list[DayCount]:
    return [
        DayCount(day=day, language=language, rank=rank, **top._asdict()) for rank, top in enumerate(total.top, start=1)
    ]


def _refresh_statistics() -> None:
    """Tell SQLite how large its tables have become; PostgreSQL finds out by itself.

    Without that it reads and sorts every count there is to show the newest (measured with 3.65
    million: 17 s, and 1 ms with it). The limit keeps the refresh itself to milliseconds.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
