"""A batch's counts -> what each day and language gets in Redis. Pure.

What cannot be among the kept hashtags is left out here: so many of its own batch are above it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby, islice

from contract.closed_day import TOTAL_KEY
from streaming.batch import Place
from streaming.count import Count
from streaming.counts_store import Changed

KEPT_HASHTAGS = 5_000
"""Hashtags kept per day and language. One that moves again after it was trimmed brings its whole count."""

KEPT_HASHTAGS_OF_AN_HOUR = 1_000
"""Hashtags kept per hour and language."""


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
        self.hour_posts |= {hour: count.hours[hour] for hour in hours}
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


def day_changes(changed: Mapping[Place, Changed], clock: datetime | None) -> Iterator[DayChange]:
    """Yield the changes of each day, earliest first, of counts that are in the order of their places."""
    for day, of_day in groupby(changed.items(), lambda item: item[0].day):
        of_languages = groupby(of_day, lambda item: item[0].language)
        languages = [
            language_change(language, {place.key: change for place, change in of_language})
            for language, of_language in of_languages
        ]
        yield DayChange(day, clock, languages)


def language_change(language: str, changed: Mapping[str, Changed]) -> LanguageChange:
    """Return what changed in a language: the largest hashtags of its day and of each hour that changed."""
    change = LanguageChange(language)
    if total := changed.get(TOTAL_KEY):
        change.add_total(total.count, total.hours)
    tags = [(key, of_key) for key, of_key in changed.items() if key != TOTAL_KEY]
    tags.sort(key=lambda tag: tag[1].count.posts, reverse=True)
    for key, of_key in islice(tags, KEPT_HASHTAGS):
        change.add_hashtag(key, of_key.count)
    for hour in sorted({hour for _, of_key in tags for hour in of_key.hours}):
        of_hour = [(key, of_key.count) for key, of_key in tags if hour in of_key.hours]
        of_hour.sort(key=lambda tag: tag[1].hours[hour], reverse=True)
        for key, count in islice(of_hour, KEPT_HASHTAGS_OF_AN_HOUR):
            change.add_hashtag_of_hour(hour, key, count)
    return change
