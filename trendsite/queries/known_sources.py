"""Which sources have days to show: those of the archive, and those that run now.

The index of days answers, without reading rows: some milliseconds with ten years of days.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max

from trendsite.archive.models import Day


def archived_sources() -> dict[str, date]:
    """Return each source that has archived days, with the newest of them."""
    return dict(Day.objects.order_by("source").values_list("source").annotate(Max("date")))


def known_sources(running: Iterable[str]) -> list[str]:
    """Return the names of all sources that have days; ``running`` are those that are counted now."""
    return sorted({*archived_sources(), *running})


def sources_with_day(day: date) -> list[str]:
    """Return the sources that have archived a date."""
    return list(Day.objects.filter(date=day).order_by("source").values_list("source", flat=True))


def newest_source() -> str | None:
    """Return the source of the day that was archived last."""
    newest = Day.objects.order_by("-archived_at").first()
    return newest.source if newest else None
