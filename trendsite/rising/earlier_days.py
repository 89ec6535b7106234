"""The same hours of earlier archived days, from the database, for the few hashtags that are asked for.

The database keeps each day's first 1,000 hashtags of a language. One that is not among them had at most as many posts
as the last of these, and is taken to have had so many, spread over the day as all posts of the language were.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from contract.closed_day import HOURS
from trendsite.history.models import KEPT_RANKS, Day, DayCount, DayLanguage
from trendsite.rising.moments import EarlierDays
from trendsite.rising.unusual import Stretch

MOST_DAYS = 28
"""How many days are compared with, the latest."""

KEPT_HASHTAGS = 2_000
"""Of how many hashtags of a language what was read is kept."""

_Hours = Mapping[str, "array[float]"]


@dataclass(frozen=True)
class _Day:
    """One day in one language: the posts of its hours, and at most how many a hashtag had that is not kept.

    ``tells_authors`` is whether the authors of its hours are known.
    """

    pk: int
    hours: list[int]
    unkept_posts: int
    tells_authors: bool

    def spread(self, posts: int) -> list[float]:
        """Return posts over the hours as all posts of the day are."""
        return [posts * of_hour / max(1, sum(self.hours)) for of_hour in self.hours]


@dataclass
class LanguageDays:
    """The earlier days of one language, and what was read of its hashtags so far, added up over the days by hour."""

    language: str
    days: list[_Day]
    _posts: dict[str, "array[float]"] = field(default_factory=dict)
    _authors: dict[str, "array[float]"] = field(default_factory=dict)

    def in_hour(self, hour: int) -> int:
        """Return how many days have posts in a UTC hour."""
        return sum(day.hours[hour] > 0 for day in self.days)

    def without_hashtags(self) -> EarlierDays:
        """Return the days as if no hashtag had been in them: less than that lets expect was never to be expected."""
        return self._told([])

    def of(self, keys: Collection[str]) -> EarlierDays:
        """Return the days with the hashtags ``keys``; it reads the database for those that it does not know yet.

        Raises:
            DatabaseError: the database is away.
        """
        if len({*self._posts, *keys}) > KEPT_HASHTAGS:
            self._posts.clear()
            self._authors.clear()
        self._read([key for key in keys if key not in self._posts])
        return self._told(keys)

    def _told(self, keys: Collection[str]) -> EarlierDays:
        telling = [day for day in self.days if day.tells_authors]
        return EarlierDays(_added_up(self.days, keys, self._posts), _added_up(telling, keys, self._authors))

    def _read(self, keys: list[str]) -> None:
        if not keys:
            return
        rows = DayCount.objects.filter(key__in=keys, language=self.language, day__in=[day.pk for day in self.days])
        found = {(row.key, row.day_id): row for row in rows.only("key", "day", "posts", "hours", "hour_authors")}
        for key in keys:
            posts, authors = array("d", [0.0] * HOURS), array("d", [0.0] * HOURS)
            for day in self.days:
                row = found.get((key, day.pk))
                _add(posts, (row and row.hours) or day.spread(row.posts if row else day.unkept_posts))
                if day.tells_authors:
                    _add(authors, row.hour_authors or [] if row else day.spread(day.unkept_posts))
            self._posts[key], self._authors[key] = posts, authors


def read_days(source: str, language: str, before: date) -> LanguageDays:
    """Return the latest days of a language before a date; days of which the hours are not known are left out.

    Raises:
        DatabaseError: the database is away.
    """
    latest = Day.objects.filter(source=source, date__lt=before).order_by("-date").values_list("pk", flat=True)
    days = list(latest[:MOST_DAYS])
    totals = DayLanguage.objects.filter(day__in=days, language=language, hours__isnull=False)
    edges = DayCount.objects.filter(day__in=days, language=language, rank__in=(1, KEPT_RANKS))
    first: dict[int, DayCount] = {}
    last: dict[int, DayCount] = {}
    for row in edges.only("day", "rank", "posts", "hour_authors"):
        (first if row.rank == 1 else last)[row.day_id] = row
    return LanguageDays(
        language,
        [
            _Day(
                pk=total.day_id,
                hours=total.hours,
                unkept_posts=last[total.day_id].posts if total.day_id in last else 0,
                tells_authors=total.day_id in first and first[total.day_id].hour_authors is not None,
            )
            for total in totals.only("day", "hours")
        ],
    )


def _add(hours: "array[float]", more: Iterable[float]) -> None:
    for hour, number in enumerate(more):
        hours[hour] += number


def _added_up(days: list[_Day], keys: Collection[str], of_keys: _Hours) -> list[Stretch]:
    return [
        Stretch(sum(day.hours[hour] for day in days), {key: of_keys[key][hour] for key in keys})
        for hour in range(HOURS)
    ]
