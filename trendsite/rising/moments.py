"""The moments at which hashtags of one language are looked at: the stream's clock, and the ends of UTC hours before it.

Pure. What was counted by the hour is taken to be spread evenly over it. Then, between the ends of two hours, what is
observed and what is expected move on straight lines, and the score, which is convex, is highest at one of the ends. So
peaks are written down nowhere: they are found again in the counts, whoever asks, after any restart, at whatever speed a
replay runs.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contract.ranking import share_left
from trendsite.rising.unusual import FLOOR, Compared, Stretch, Unit, Unusual, together, unusual

HOUR = timedelta(hours=1)

ENDS = 12
"""How many ends of hours are looked at: of an older peak less than an eighth is left."""

HOURS_BEFORE = 24
"""How many hours before the stream's UTC hour are compared with: a daily round."""


@dataclass(frozen=True)
class CountedHour:
    """A UTC hour of a language, or what has passed of it; ``authors`` is None where its posts tell none."""

    start: datetime
    posts: Stretch
    authors: Stretch | None = None

    def counted(self, unit: Unit) -> Stretch:
        """Return the counts of a unit; hours that do not know it are compared with nothing."""
        return self.posts if unit == "posts" else self.authors or Stretch()


def as_one(hours: Sequence[CountedHour], keys: Collection[str], others: CountedHour | None) -> CountedHour:
    """Return hours as one with the hashtags ``keys``, and with those of ``others``: the same hours, read before."""
    posts = together(*((hour.posts, 1.0) for hour in hours)).only(keys)
    authors = together(*((hour.counted("authors"), 1.0) for hour in hours)).only(keys)
    if others:
        posts = Stretch(posts.posts, {**others.posts.counts, **posts.counts}, posts.unknown)
        authors = Stretch(authors.posts, {**others.counted("authors").counts, **authors.counts}, authors.unknown)
    return CountedHour(hours[-1].start, posts, authors)


@dataclass(frozen=True)
class EarlierDays:
    """The same 24 UTC hours of earlier days, each hour added up over the days that have posts in it."""

    posts: Sequence[Stretch]
    authors: Sequence[Stretch]

    def before(self, at: datetime, unit: Unit, keys: Collection[str]) -> Stretch:
        """Return about the hour before ``at``, put together as that of today is, with the hashtags ``keys``."""
        hours = self.posts if unit == "posts" else self.authors
        left = share_left(at)
        return together((hours[at.hour].only(keys), 1 - left), (hours[at.hour - 1].only(keys), left))


NO_DAYS = EarlierDays([Stretch()] * 24, [Stretch()] * 24)


def at_clock(hours: Sequence[CountedHour], clock: datetime, days: EarlierDays) -> list[Unusual]:
    """Return what is unusual in about the hour before ``clock``.

    ``hours`` are the hour of ``clock`` and those before it, newest first.
    """
    return _unusual(hours, share_left(clock), clock, days)


def at_end(hours: Sequence[CountedHour], days: EarlierDays) -> list[Unusual]:
    """Return what is unusual in a whole hour, the first of ``hours``; the others are those before it, newest first."""
    return _unusual(hours, 0.0, hours[0].start + HOUR, days)


def _unusual(hours: Sequence[CountedHour], left: float, at: datetime, days: EarlierDays) -> list[Unusual]:
    """Look at the first hour and the share ``left`` of the second."""
    seen = together((hours[0].posts, 1.0), (hours[1].posts, left))
    keys = {key for key, posts in seen.counts.items() if posts >= FLOOR}
    tell_authors = all(hour.authors for hour in hours[: 2 if left else 1] if hour.posts.posts)
    by_authors = _compared(hours, "authors", left, keys, days.before(at, "authors", keys)) if tell_authors else None
    return unusual(_compared(hours, "posts", left, keys, days.before(at, "posts", keys)), by_authors, at)


def _compared(hours: Sequence[CountedHour], unit: Unit, left: float, keys: Collection[str], days: Stretch) -> Compared:
    this, before, *older = (hour.counted(unit).only(keys) for hour in hours)
    seen = together((this, 1.0), (before, left))
    return Compared(seen, together((before, 1 - left), *((hour, 1.0) for hour in older)), days)
