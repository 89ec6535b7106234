"""A batch's counts -> what each day and language gets in Redis. Arrow in, plain values out. Pure.

What cannot be among the kept hashtags is left out here: so many of its own batch are above it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from contract.closed_day import TOTAL_KEY
from streaming.occurrences import ANY_SPELLING, FIRST_MINUTE, WHOLE_DAY

KEPT_HASHTAGS = 5_000
"""Hashtags kept per day and language. One that moves again after it was trimmed brings its whole count."""

KEPT_HASHTAGS_OF_AN_HOUR = 1_000
"""Hashtags kept per hour and language."""

_COLUMNS = ["day", "language", "key", "spelling", "slot", "posts", "authors", "moment"]
_ROWS_AT_ONCE = 10_000


@dataclass
class LanguageChange:
    """Absolute counts of one language: by key, by hour and key, by minute, spellings as (key, spelling, posts)."""

    language: str
    posts: int | None = None
    counts: dict[str, int] = field(default_factory=dict)
    authors: dict[str, int] = field(default_factory=dict)
    hour_posts: dict[int, int] = field(default_factory=dict)
    hour_counts: dict[int, dict[str, int]] = field(default_factory=dict)
    minutes: dict[int, int] = field(default_factory=dict)
    spellings: list[tuple[str, str, int]] = field(default_factory=list)

    def add_total(self, slot: int, posts: int) -> None:
        """Take up how many posts a minute or an hour had, or the whole day."""
        if slot == WHOLE_DAY:
            self.posts = posts
        elif slot < FIRST_MINUTE:
            self.hour_posts[slot] = posts
        else:
            self.minutes[slot - FIRST_MINUTE] = posts

    def add_hashtag(self, key: str, spelling: str, slot: int, posts: int) -> bool:
        """Take up a hashtag, unless as many are there as are kept; return whether its authors belong to it."""
        if slot != WHOLE_DAY:
            of_hour = self.hour_counts.setdefault(slot, {})
            if len(of_hour) < KEPT_HASHTAGS_OF_AN_HOUR:
                of_hour[key] = posts
        elif spelling != ANY_SPELLING:
            if len(self.spellings) < KEPT_HASHTAGS:
                self.spellings.append((key, spelling, posts))
        elif len(self.counts) < KEPT_HASHTAGS:
            self.counts[key] = posts
            return True
        return False


@dataclass
class DayChange:
    """What changed in one day, and the latest event time among it."""

    day: date
    moment: datetime | None
    languages: list[LanguageChange]


def day_changes(counts: pa.Table) -> Iterator[DayChange]:
    """Yield the changes of each day, earliest first, of counts as counts.readable gives them."""
    days: dict[date, dict[str, LanguageChange]] = {}
    moments: dict[date, datetime] = {}
    # The largest come first, so that those beyond what is kept are left out.
    for day, language, key, spelling, slot, posts, authors, moment in _rows(counts.sort_by([("posts", "descending")])):
        languages = days.setdefault(day, {})
        change = languages.get(language)
        if change is None:
            change = languages[language] = LanguageChange(language)
        if key == TOTAL_KEY:
            change.add_total(slot, posts)
        elif change.add_hashtag(key, spelling, slot, posts) and authors is not None:
            change.authors[key] = authors
        if moment is not None:
            moments[day] = max(moments.get(day, moment), moment)
    for day in sorted(days):
        yield DayChange(day, moments.get(day), [days[day][language] for language in sorted(days[day])])


def _rows(counts: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in counts.select(_COLUMNS).to_batches(max_chunksize=_ROWS_AT_ONCE):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
