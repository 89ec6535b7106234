"""A batch's counts -> what each day and language gets in Redis. Pure.

What cannot be among the kept hashtags is left out here: so many of its own batch are above it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter

from contract.closed_day import TOTAL_KEY
from streaming.batch import DayLanguage
from streaming.count import Count
from streaming.counts_store import Changed

KEPT_HASHTAGS = 5_000
"""Hashtags kept per day and language. One that moves again after it was trimmed brings its whole count."""

KEPT_HASHTAGS_OF_AN_HOUR = 1_000
"""Hashtags kept per hour and language."""

_Ranked = tuple[int, str, Count]


@dataclass
class LanguageChange:
    """Absolute counts of one language: by key, by hour and key, by minute; how keys are shown."""

    language: str
    posts: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    authors: dict[str, int] = field(default_factory=dict)
    hour_posts: dict[int, int] = field(default_factory=dict)
    hour_counts: dict[int, dict[str, int]] = field(default_factory=dict)
    hour_authors: dict[int, dict[str, int]] = field(default_factory=dict)
    minutes: dict[int, int] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)

    def add_total(self, count: Count, hours: Iterable[int]) -> None:
        """Take up how many posts the language has, and those ``hours`` that changed."""
        self.posts = count.posts
        self.hour_posts |= {hour: count.hours[hour] for hour in hours if hour in count.hours}
        self.minutes |= {minute: posts for minute, posts in count.minutes.items() if minute // 60 in hours}

    def add_hashtag(self, key: str, count: Count) -> None:
        """Take up a hashtag's day."""
        self.counts[key] = count.posts
        if (authors := count.authors_of_day()) is not None:
            self.authors[key] = authors
        if spelled := count.spelling():
            self.spellings[key] = spelled

    def add_hashtag_of_hour(self, hour: int, key: str, count: Count) -> None:
        """Take up an hour of a hashtag."""
        self.hour_counts.setdefault(hour, {})[key] = count.hours[hour]
        if (authors := count.authors_of_hour(hour)) is not None:
            self.hour_authors.setdefault(hour, {})[key] = authors


@dataclass
class DayChange:
    """What changed in one day, and the latest event time counted so far."""

    day: date
    clock: datetime | None
    languages: list[LanguageChange]


def day_changes(changed: Mapping[DayLanguage, Changed], clock: datetime | None) -> Iterator[DayChange]:
    """Yield the changes of each day, earliest first, of counts that are in the order of their days."""
    for day, of_day in groupby(changed.items(), lambda item: item[0].day):
        yield DayChange(day, clock, [language_change(at.language, of_language) for at, of_language in of_day])


def language_change(language: str, changed: Changed) -> LanguageChange:
    """Return what changed in a language: the largest hashtags of its day and of each hour that changed."""
    change = LanguageChange(language)
    if total := changed.counts.get(TOTAL_KEY):
        change.add_total(total, changed.hours)
    tags = [(count.posts, key, count) for key, count in changed.counts.items() if key != TOTAL_KEY]
    for _, key, count in _largest(tags, KEPT_HASHTAGS):
        change.add_hashtag(key, count)
    for hour in sorted(changed.hours):
        of_hour = [(count.hours[hour], key, count) for _, key, count in tags if hour in count.hours]
        for _, key, count in _largest(of_hour, KEPT_HASHTAGS_OF_AN_HOUR):
            change.add_hashtag_of_hour(hour, key, count)
    return change


def _largest(ranked: list[_Ranked], most: int) -> list[_Ranked]:
    return sorted(ranked, key=itemgetter(0), reverse=True)[:most] if len(ranked) > most else ranked
