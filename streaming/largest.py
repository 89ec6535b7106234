"""A store's snapshot -> what Redis keeps of it: to fill a Redis that lost it. A language at a time, so bounded."""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from contract.closed_day import TOTAL_KEY
from streaming.changes import KEPT_HASHTAGS, KEPT_HASHTAGS_OF_AN_HOUR, DayChange, language_change
from streaming.count import Count
from streaming.counts_snapshot import Snapshot
from streaming.counts_store import Changed

_Ranked = tuple[int, str, Count]


def largest_changes(snapshot: Snapshot) -> Iterator[DayChange]:
    """Yield each day and language as if all that Redis keeps of it had changed at once.

    The latest day comes first: the board shows it from then on, and not how the days before it come back.
    """
    for day in reversed(snapshot.days()):
        for language in snapshot.languages(day):
            change = language_change(language, _largest(snapshot, day, language))
            yield DayChange(day, None, [change])


def _largest(snapshot: Snapshot, day: date, language: str) -> Changed:
    """Return all posts, and the hashtags that are among the largest of the day or of an hour."""
    of_day: list[_Ranked] = []
    of_hours: defaultdict[int, list[_Ranked]] = defaultdict(list)
    largest = Changed({}, set())
    for key, count in snapshot.counts(day, language):
        largest.hours.update(count.hours)
        if key == TOTAL_KEY:
            largest.counts[key] = count
            continue
        _keep(of_day, (count.posts, key, count), KEPT_HASHTAGS)
        for hour, posts in count.hours.items():
            _keep(of_hours[hour], (posts, key, count), KEPT_HASHTAGS_OF_AN_HOUR)
    for ranked in (of_day, *of_hours.values()):
        largest.counts.update((key, count) for _, key, count in ranked)
    return largest


def _keep(ranked: list[_Ranked], new: _Ranked, most: int) -> None:
    # Keys differ, so two counts are never compared.
    if len(ranked) < most:
        heapq.heappush(ranked, new)
    elif new > ranked[0]:
        heapq.heapreplace(ranked, new)
