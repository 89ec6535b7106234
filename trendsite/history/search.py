"""The counts of a hashtag over all days, or the hashtags that begin so. Indexes answer, whatever the number of days."""

from django.db.models import Max, Q, QuerySet

from contract.language import ALL_LANGUAGES
from contract.post import MAX_HASHTAG_CHARACTERS, fold
from trendsite.history.models import DayCount

MOST_KEYS = 10
"""Hashtags that a beginning stands for; who means another writes more of it."""

_LAST_CHARACTER = "\U0010ffff"


def found(counts: QuerySet[DayCount], typed: str, language: str) -> QuerySet[DayCount]:
    """Return those of some counts that a search means, in a language.

    All of a hashtag, when it is typed whole; otherwise the latest of each of the first MOST_KEYS that begin so.
    Beginnings are looked up among the top hashtags of all languages, a whole hashtag in its own.
    """
    key = fold(typed.strip())
    if not 0 < len(key) <= MAX_HASHTAG_CHARACTERS or "\0" in key:
        return counts.none()
    if DayCount.objects.filter(key=key, language=language).exists():
        return counts.filter(key=key)
    longer = DayCount.objects.filter(key__gt=key, key__lt=key + _LAST_CHARACTER, language=ALL_LANGUAGES)
    keys = list(longer.order_by("key").values_list("key", flat=True).distinct()[:MOST_KEYS])
    rows = DayCount.objects.filter(key__in=keys, language=language)
    latest = list(rows.order_by().values_list("key").annotate(Max("day")))
    if not latest:
        return counts.none()
    return counts.filter(Q(*(Q(key=key, day=day) for key, day in latest), _connector=Q.OR))
