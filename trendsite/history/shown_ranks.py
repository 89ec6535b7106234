"""The ranks of archived hashtags as pages show them: those before them that are hidden do not count."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from trendsite.history.models import DayCount
from trendsite.live.hidden_now import hides_in


def shown_ranks(counts: Sequence[DayCount], language: str, now: datetime) -> list[int]:
    """Return the rank of each of ``counts``, all of one language and each of another day, at most a page of them."""
    hides = hides_in([language], now)
    if hides is None or not counts:
        return [count.rank for count in counts]
    ranks = {count.day_id: count.rank for count in counts}
    before = DayCount.objects.filter(day__in=ranks, language=language, rank__lt=max(ranks.values()))
    hidden = Counter(
        day for day, rank, key in before.values_list("day", "rank", "key") if rank < ranks[day] and hides(key)
    )
    return [count.rank - hidden[count.day_id] for count in counts]
