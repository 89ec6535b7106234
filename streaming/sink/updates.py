"""Counts -> updates: what each day and language gets in Redis. Pure.

An update has absolute counts, so writing it again changes nothing. Hashtags that Redis would not keep are left out:
enough others of the same update are above them.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from contract import redis_names
from contract.closed_day import TOTAL_KEY
from contract.language import ALL_LANGUAGES
from streaming.aggregate.deltas import Delta, Deltas
from streaming.state.count import Count
from streaming.state.snapshot import Snapshot
from streaming.state.store import ChangedCounts

_Ranked = tuple[int, str, Count]


@dataclass
class LanguageUpdate:
    """The new counts of one day and language, for Redis. Hours are UTC (0 to 23), minutes are of the day (0 to 1439).

    ``posts``, ``hour_posts`` and ``minutes`` count all posts; the other fields are by hashtag key.
    """

    language: str
    posts: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    authors: dict[str, int] = field(default_factory=dict)
    hour_posts: dict[int, int] = field(default_factory=dict)
    hour_counts: dict[int, dict[str, int]] = field(default_factory=dict)
    hour_authors: dict[int, dict[str, int]] = field(default_factory=dict)
    minutes: dict[int, int] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)

    def set_total(self, count: Count, hours: Collection[int]) -> None:
        """Set the posts of the day, and of those ``hours`` that changed."""
        self.posts = count.posts
        self.hour_posts |= {hour: count.hours[hour] for hour in hours if hour in count.hours}
        self.minutes |= {minute: posts for minute, posts in count.minutes.items() if minute // 60 in hours}

    def set_hashtag(self, key: str, count: Count) -> None:
        """Set the day of a hashtag."""
        self.counts[key] = count.posts
        if (authors := count.authors_of_day()) is not None:
            self.authors[key] = authors
        # A hashtag of only one language has one count, with spellings. They are written once.
        if self.language == ALL_LANGUAGES and (spelling := count.spelling()):
            self.spellings[key] = spelling

    def set_hashtag_of_hour(self, hour: int, key: str, count: Count) -> None:
        """Set one hour of a hashtag."""
        self.hour_counts.setdefault(hour, {})[key] = count.hours[hour]
        if (authors := count.authors_of_hour(hour)) is not None:
            self.hour_authors.setdefault(hour, {})[key] = authors


@dataclass
class DayUpdate:
    """The updates of one day's languages. ``clock`` is the latest event time counted so far."""

    day: date
    clock: datetime | None
    languages: list[LanguageUpdate]


def batch_updates(changed: ChangedCounts, deltas: Deltas, clock: datetime | None) -> Iterator[DayUpdate]:
    """Yield an update for each day with the counts that a batch with these ``deltas`` changed, earliest day first."""
    for day, scopes in groupby(changed, lambda scope: scope.day):
        languages = [language_update(scope.language, changed[scope], changed_hours(deltas[scope])) for scope in scopes]
        yield DayUpdate(day, clock, languages)


def snapshot_updates(snapshot: Snapshot) -> Iterator[DayUpdate]:
    """Yield an update for each day and language, with everything that Redis keeps of a snapshot.

    One language at a time bounds the memory. The latest day comes first: the board shows it from then on, so viewers
    do not watch the earlier days being refilled.
    """
    for day in reversed(snapshot.days()):
        for language in snapshot.languages(day):
            yield DayUpdate(day, None, [language_update(language, *_top_of_snapshot(snapshot, day, language))])


def language_update(language: str, counts: Mapping[str, Count], hours: Collection[int]) -> LanguageUpdate:
    """Return the update of a language: the top hashtags of the day, and of each of the ``hours`` that changed."""
    update = LanguageUpdate(language)
    if total := counts.get(TOTAL_KEY):
        update.set_total(total, hours)
    of_day = {key: count.posts for key, count in counts.items() if key}
    for key in _top(of_day, redis_names.DAY_HASHTAGS):
        update.set_hashtag(key, counts[key])
    for hour in sorted(hours):
        of_hour = {key: count.hours[hour] for key, count in counts.items() if key and hour in count.hours}
        for key in _top(of_hour, redis_names.HOUR_HASHTAGS):
            update.set_hashtag_of_hour(hour, key, counts[key])
    return update


def changed_hours(deltas: Mapping[str, list[Delta]]) -> set[int]:
    """Return the UTC hours of the day that some deltas change."""
    return {delta[0] for of_key in deltas.values() for delta in of_key}


def _top(posts: Mapping[str, int], k: int) -> Collection[str]:
    """Return the ``k`` keys with the most posts, of equal ones the last: those that Redis keeps."""
    if len(posts) <= k:
        return posts
    # Numbers sort several times faster than pairs with keys. Only the keys in the last places are compared.
    least = sorted(posts.values(), reverse=True)[k - 1]
    above = [key for key, of_key in posts.items() if of_key > least]
    tied = sorted((key for key, of_key in posts.items() if of_key == least), reverse=True)
    return above + tied[: k - len(above)]


def _top_of_snapshot(snapshot: Snapshot, day: date, language: str) -> tuple[dict[str, Count], set[int]]:
    """Return the total and the hashtags that are in the top of the day or of an hour; and all hours with posts."""
    of_day: list[_Ranked] = []
    of_hours: defaultdict[int, list[_Ranked]] = defaultdict(list)
    counts: dict[str, Count] = {}
    hours: set[int] = set()
    for key, count in snapshot.counts(day, language):
        hours.update(count.hours)
        if key == TOTAL_KEY:
            counts[key] = count
            continue
        _push(of_day, (count.posts, key, count), redis_names.DAY_HASHTAGS)
        for hour, posts in count.hours.items():
            _push(of_hours[hour], (posts, key, count), redis_names.HOUR_HASHTAGS)
    for ranked in (of_day, *of_hours.values()):
        counts.update((key, count) for _, key, count in ranked)
    return counts, hours


def _push(heap: list[_Ranked], new: _Ranked, k: int) -> None:
    # Keys differ, so two counts are never compared.
    if len(heap) < k:
        heapq.heappush(heap, new)
    elif new > heap[0]:
        heapq.heapreplace(heap, new)
