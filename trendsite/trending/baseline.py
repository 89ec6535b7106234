"""The counts that hashtags are scored by: a language's latest hours (Redis) and earlier archived days (database).

The database has each day's first 1,000 hashtags of a language, Redis the first HOUR_HASHTAGS of an hour. A hashtag
beyond these had at most as many posts as the last of them. It is taken to have had that many. Until the database has
yesterday, its hours come from Redis too, as long as HOUR_TTL keeps them.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS
from contract.language import ALL_LANGUAGES
from contract.redis_names import HOUR_HASHTAGS
from trendsite.archive.models import STORED_RANKS, Day, DayCount, DayLanguage
from trendsite.trending.rule import MIN_COUNT, min_count
from trendsite.trending.scoring import DAYS, HOUR, HOURS_BEFORE, DayHours, EarlierDays, HourCounts, PeriodCounts

MAX_CANDIDATES = 500
"""How many hashtags of an hour are scored, most posts first. Hashtags further down have no high score."""

MAX_CACHED_HASHTAGS = 500
"""How many hashtags of a language LanguageDays caches, each with 28 days of hours: 5 KiB."""

HourVolumes = list[dict[str, int]]
"""The posts of each language in the UTC hour of the stream's clock and each hour before it, newest first."""


class SourceLanguage(NamedTuple):
    """One language of one source."""

    source: str
    language: str


def hour_starts(clock: datetime) -> list[datetime]:
    """Return the start of the UTC hour of ``clock`` and of the hours before it, newest first."""
    this = clock.replace(minute=0, second=0, microsecond=0)
    return [this - ago * HOUR for ago in range(HOURS_BEFORE + 1)]


async def read_volumes(redis: Redis, source: str, starts: Sequence[datetime]) -> HourVolumes:
    """Return the posts of each language in each hour, without the sum of all languages.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for start in starts:
        pipeline.zrange(redis_names.hour_posts(source, start.date(), start.hour), 0, -1, withscores=True)
    return [
        {language: int(posts) for language, posts in hour if language != ALL_LANGUAGES}
        for hour in await pipeline.execute()
    ]


async def read_minimum(redis: Redis, scope: SourceLanguage, starts: Sequence[datetime]) -> float:
    """Return the minimum count of a language, from how many different hashtags some hours have on average.

    Hours without hashtags do not count. Without any the minimum is that of a large language.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for start in starts:
        pipeline.zcard(_hour_keys(scope, start)[0])
    hashtags = [of_hour for of_hour in await pipeline.execute() if of_hour]
    return min_count(sum(hashtags) / len(hashtags)) if hashtags else MIN_COUNT


async def read_candidates(redis: Redis, scope: SourceLanguage, starts: Sequence[datetime], minimum: float) -> list[str]:
    """Return the hashtags that may reach ``minimum`` in one hour, or in two hours together.

    Raises:
        RedisError, OSError: Redis is away.
    """
    pipeline = redis.pipeline(transaction=False)
    for start in starts:
        counts, _ = _hour_keys(scope, start)
        pipeline.zrevrangebyscore(counts, "+inf", minimum / len(starts), start=0, num=MAX_CANDIDATES)
    return sorted({key for hour in await pipeline.execute() for key in hour})


async def read_hours(
    redis: Redis, scope: SourceLanguage, starts: Sequence[datetime], volumes: Sequence[int], keys: list[str]
) -> list[HourCounts]:
    """Return hours with the counts of the hashtags ``keys``; ``volumes`` are all posts of each hour.

    Raises:
        RedisError, OSError: Redis is away.
    """
    if not keys:
        return [HourCounts(start, PeriodCounts(posts)) for start, posts in zip(starts, volumes, strict=True)]
    members: list[Any] = [key.encode() for key in keys]  # once, not for every command
    pipeline = redis.pipeline(transaction=False)
    for start in starts:
        counts, authors = _hour_keys(scope, start)
        pipeline.zrevrange(counts, HOUR_HASHTAGS - 1, HOUR_HASHTAGS - 1, withscores=True)
        pipeline.zmscore(counts, members)
        pipeline.exists(authors)
        pipeline.zmscore(authors, members)
    replies = await pipeline.execute()
    by_hour = zip(replies[::4], replies[1::4], replies[2::4], replies[3::4], strict=True)
    return [_hour_counts(start, posts, keys, hour) for start, posts, hour in zip(starts, volumes, by_hour, strict=True)]


async def read_yesterday(redis: Redis, scope: SourceLanguage, before: date) -> "Yesterday | None":
    """Return the hours that Redis still has of the day before a date; None without any posts.

    Raises:
        RedisError, OSError: Redis is away.
    """
    midnight = datetime.combine(before, time(), UTC)
    starts = [midnight - ago * HOUR for ago in range(HOURS, 0, -1)]
    pipeline = redis.pipeline(transaction=False)
    for start in starts:
        pipeline.zscore(redis_names.hour_posts(scope.source, start.date(), start.hour), scope.language)
        pipeline.exists(_hour_keys(scope, start)[1])
    replies = await pipeline.execute()
    posts = [int(of_hour or 0) for of_hour in replies[::2]]
    return Yesterday(starts, posts, has_authors=any(replies[1::2])) if any(posts) else None


def _hour_keys(scope: SourceLanguage, start: datetime) -> tuple[str, str]:
    hour = scope.source, start.date(), start.hour, scope.language
    return redis_names.hour_counts(*hour), redis_names.hour_authors(*hour)


def _hour_counts(start: datetime, volume: int, keys: list[str], replies: tuple[Any, ...]) -> HourCounts:
    last_place, posts, has_authors, authors = replies
    default = last_place[0][1] if last_place else 0.0
    return HourCounts(
        start,
        PeriodCounts(volume, _without_none(keys, posts), default),
        PeriodCounts(volume, _without_none(keys, authors), default) if has_authors else None,
    )


def _without_none(keys: list[str], scores: list[float | None]) -> dict[str, float]:
    return {key: score for key, score in zip(keys, scores, strict=True) if score is not None}


@dataclass(frozen=True)
class _ArchivedDay:
    """One archived day in one language, so many days ``ago``.

    ``hours`` are all its posts by UTC hour, ``max_unlisted`` the most posts that a hashtag beyond the first 1,000 may
    have; ``has_authors`` is true where the authors of its hours are known.
    """

    pk: int
    ago: int
    hours: list[int]
    max_unlisted: int
    has_authors: bool

    def spread(self, posts: int) -> list[float]:
        """Return posts spread over the hours in the proportion of all posts."""
        return [posts * of_hour / max(1, sum(self.hours)) for of_hour in self.hours]


class Yesterday(NamedTuple):
    """The hours of a day that the database lacks, in one language of Redis; ``posts`` is 0 where it has expired."""

    starts: list[datetime]
    posts: list[int]
    has_authors: bool


@dataclass
class LanguageDays:
    """The days of one language before a date, with a cache of its hashtags' counts.

    ``yesterday`` is set if the day before is not among the archived ``days``, but in Redis.
    """

    language: str
    before: date
    days: list[_ArchivedDay]
    yesterday: Yesterday | None = None
    _posts: dict[str, "array[float]"] = field(default_factory=dict)
    _authors: dict[str, "array[float]"] = field(default_factory=dict)

    def days_with_posts(self, hour: int) -> int:
        """Return how many days have posts in a UTC hour."""
        archived = sum(day.hours[hour] > 0 for day in self.days)
        return archived + (self.yesterday is not None and self.yesterday.posts[hour] > 0)

    @property
    def lack_yesterday(self) -> bool:
        """Return whether the day before is not archived."""
        return all(day.ago != 1 for day in self.days)

    @property
    def cached(self) -> int:
        """Return how many hashtags are cached."""
        return len(self._posts)

    def clear(self) -> None:
        """Empty the cache."""
        self._posts.clear()
        self._authors.clear()

    def without_hashtags(self) -> EarlierDays:
        """Return the days as if no hashtag had been used: the lowest expectation that any hashtag can have."""
        return self._earlier_days([])

    def missing(self, keys: Collection[str]) -> list[str]:
        """Return which of the hashtags ``keys`` are not cached; empties the cache if they do not fit in."""
        if len({*self._posts, *keys}) > MAX_CACHED_HASHTAGS:
            self.clear()
        return [key for key in keys if key not in self._posts]

    def with_hashtags(self, keys: Collection[str], yesterday: Sequence[HourCounts] = ()) -> EarlierDays:
        """Return the days with the counts of the hashtags ``keys``; reads those from the database that it lacks.

        ``yesterday`` are the hours of the day before with the missing hashtags, if Redis has that day.

        Raises:
            DatabaseError: the database is away.
        """
        missing = self.missing(keys)
        self._read(missing)
        for key in missing if yesterday else ():
            self._posts[key][-HOURS:] = array("f", (hour.posts.count(key) for hour in yesterday))
            self._authors[key][-HOURS:] = array("f", (hour.in_unit("authors").count(key) for hour in yesterday))
        return self._earlier_days(keys)

    def _earlier_days(self, keys: Collection[str]) -> EarlierDays:
        all_posts = _timeline((day, day.hours) for day in self.days)
        by_authors = _timeline((day, day.hours) for day in self.days if day.has_authors)
        if self.yesterday:
            all_posts[-HOURS:] = array("f", self.yesterday.posts)
            if self.yesterday.has_authors:
                by_authors[-HOURS:] = array("f", self.yesterday.posts)
        return EarlierDays(
            self.before,
            DayHours(all_posts, {key: self._posts[key] for key in keys}),
            DayHours(by_authors, {key: self._authors[key] for key in keys}),
        )

    def _read(self, keys: list[str]) -> None:
        if not keys:
            return
        rows = DayCount.objects.filter(key__in=keys, language=self.language, day__in=[day.pk for day in self.days])
        found = {(row.key, row.day_id): row for row in rows.only("key", "day", "posts", "hours", "hour_authors")}
        for key in keys:
            self._posts[key] = _timeline((day, _posts_of(day, found.get((key, day.pk)))) for day in self.days)
            self._authors[key] = _timeline((day, _authors_of(day, found.get((key, day.pk)))) for day in self.days)


def read_days(source: str, language: str, before: date) -> LanguageDays:
    """Return the archived days of a language in the four weeks before a date, without days whose hours are unknown.

    Raises:
        DatabaseError: the database is away.
    """
    first = before - timedelta(days=DAYS)
    dates = dict(Day.objects.filter(source=source, date__gte=first, date__lt=before).values_list("pk", "date"))
    totals = DayLanguage.objects.filter(day__in=dates, language=language, hours__isnull=False)
    edges = DayCount.objects.filter(day__in=dates, language=language, rank__in=(1, STORED_RANKS))
    top: dict[int, DayCount] = {}
    last: dict[int, DayCount] = {}
    for row in edges.only("day", "rank", "posts", "hour_authors"):
        (top if row.rank == 1 else last)[row.day_id] = row
    days = [
        _ArchivedDay(
            pk=total.day_id,
            ago=(before - dates[total.day_id]).days,
            hours=total.hours,
            max_unlisted=last[total.day_id].posts if total.day_id in last else 0,
            has_authors=total.day_id in top and top[total.day_id].hour_authors is not None,
        )
        for total in totals.only("day", "hours")
    ]
    return LanguageDays(language, before, days)


def _timeline(days: Iterable[tuple[_ArchivedDay, Sequence[float]]]) -> "array[float]":
    """Return the hours of all days in order, 0 where a day is not archived."""
    timeline = array("f", bytes(4 * DAYS * HOURS))
    for day, hours in days:
        start = (DAYS - day.ago) * HOURS
        timeline[start : start + len(hours)] = array("f", hours)
    return timeline


def _posts_of(day: _ArchivedDay, row: DayCount | None) -> Sequence[float]:
    return (row and row.hours) or day.spread(row.posts if row else day.max_unlisted)


def _authors_of(day: _ArchivedDay, row: DayCount | None) -> Sequence[float]:
    if not day.has_authors:
        return []
    return (row.hour_authors or []) if row else day.spread(day.max_unlisted)
