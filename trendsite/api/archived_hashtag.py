"""One hashtag on archived days, from the database: a day by the hour, and day after day."""

from collections.abc import Sequence
from datetime import date

import msgspec

from contract.closed_day import HOURS
from trendsite.history.models import DayCount
from trendsite.live.pipeline import Shown
from trendsite.live.series import HashtagDay


class DayOfHashtag(msgspec.Struct):
    """An archived day of a hashtag in one language; ``authors`` is about how many distinct ones, None where unknown."""

    date: date
    rank: int
    posts: int
    authors: int | None


class HashtagSeries(msgspec.Struct):
    """A hashtag's archived days in one language (``["*"]`` for all), newest first.

    ``hashtag`` is how it was written on the newest of them. A day on which it was not among the first 1,000 of the
    language is left out.
    """

    key: str
    hashtag: str
    languages: list[str]
    source: str
    days: list[DayOfHashtag]


def archived_hashtag_day(of_day: Shown, key: str, languages: tuple[str, ...]) -> HashtagDay | None:
    """Return an archived day of a hashtag, posts of several languages added up; None where the database has none."""
    rows = list(
        DayCount.objects.filter(
            key=key, language__in=languages, day__date=of_day.day, day__source=of_day.source
        ).order_by("-posts", "language")
    )
    if not rows:
        return None
    return HashtagDay(
        day=of_day.day,
        key=key,
        hashtag=rows[0].hashtag,
        languages=list(languages),
        posts=sum(row.posts for row in rows),
        authors=rows[0].authors if len(languages) == 1 else None,
        hours=_added_up([row.hours for row in rows]),
    )


def hashtag_series(source: str, key: str, language: str, before: date | None, limit: int) -> HashtagSeries | None:
    """Return at most ``limit`` archived days of a hashtag, those before a date if it is given; None without any."""
    rows = DayCount.objects.filter(key=key, language=language, day__source=source)
    if before:
        rows = rows.filter(day__date__lt=before)
    newest = list(rows.order_by("-day__date").values_list("hashtag", "day__date", "rank", "posts", "authors")[:limit])
    if not newest:
        return None
    days = [DayOfHashtag(day, rank, posts, authors) for _, day, rank, posts, authors in newest]
    return HashtagSeries(key, newest[0][0], [language], source, days)


def _added_up(hours: Sequence[list[int] | None]) -> list[int | None]:
    """Add the hours of several languages up; those of a day that has none are unknown."""
    known = [of_language for of_language in hours if of_language]
    return [sum(hour) for hour in zip(*known, strict=True)] if len(known) == len(hours) else [None] * HOURS
