"""Which hashtags of the archive begin so. The index answers, whatever the number of days."""

from django.db.models import Q

from contract.language import ALL_LANGUAGES
from contract.post import MAX_HASHTAG_CHARACTERS, fold
from trendsite.history.models import DayCount

MOST_KEYS = 10
"""Hashtags that a beginning stands for; who means another writes more of it."""

_LAST_CHARACTER = "\U0010ffff"


def keys_beginning_with(typed: str, language: str) -> list[str]:
    """Return the key that was typed, and the first ones by key that begin so, MOST_KEYS in all.

    Beginnings are looked up among the top hashtags of all languages, a whole hashtag in any.
    """
    key = fold(typed.strip())
    if not 0 < len(key) <= MAX_HASHTAG_CHARACTERS or "\0" in key:
        return []
    if DayCount.objects.filter(key=key, language=language).exists():
        return [key]
    longer = DayCount.objects.filter(Q(key__gt=key, key__lt=key + _LAST_CHARACTER), language=ALL_LANGUAGES)
    return list(longer.order_by("key").values_list("key", flat=True).distinct()[:MOST_KEYS])
