"""What the list of days shows beside each: two questions for a page of them, and one for their tasks."""

from collections.abc import Iterable

from trendsite.history.models import ArchiveTask, Day, DayCount, DayLanguage
from trendsite.history.tasks import OPEN_STATES


def with_totals(days: Iterable[Day], language: str) -> list[Day]:
    """Return days with ``total``, their DayLanguage or None, ``winner``, a hashtag or None, and ``is_asked_for``."""
    listed = list(days)
    totals = {row.day_id: row for row in DayLanguage.objects.filter(day__in=listed, language=language)}
    first = DayCount.objects.filter(day__in=listed, language=language, rank=1)
    winners = dict(first.values_list("day_id", "hashtag"))
    tasks = ArchiveTask.objects.filter(date__in={day.date for day in listed}, state__in=OPEN_STATES)
    open_tasks = set(tasks.values_list("source", "date"))
    for day in listed:
        told = {
            "total": totals.get(day.pk),
            "winner": winners.get(day.pk),
            "is_asked_for": (day.source, day.date) in open_tasks,
        }
        vars(day).update(told)
    return listed
