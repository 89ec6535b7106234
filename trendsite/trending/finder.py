"""Finds rising hashtags: reads the counts of each language, scores them, and caches the results.

Everything in the cache can be computed again from Redis and the database, so all processes find the same.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import DatabaseError, connection
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from trendsite.queries.hiding import Hides, hides_in
from trendsite.trending.baseline import (
    HourVolumes,
    LanguageDays,
    SourceLanguage,
    hour_starts,
    read_candidates,
    read_days,
    read_hours,
    read_minimum,
    read_volumes,
    read_yesterday,
)
from trendsite.trending.companions import join_companions
from trendsite.trending.merge import LanguageMoment, Merge, RisingHashtags
from trendsite.trending.scoring import (
    SCORED_HOUR_ENDS,
    EarlierDays,
    HourCounts,
    Spike,
    merge_hours,
    spikes_at_clock,
    spikes_at_hour_end,
    usual_by_hour,
)

FRESH = timedelta(seconds=2)
"""How long the spikes at the stream's clock are reused, so that frequent calls cost nothing."""

DATABASE_SECONDS = 5.0
"""How long the database may take. Without it, hours are compared with the hours before alone."""

DATABASE_PAUSE = timedelta(seconds=30)
"""How long the database is left alone after a failure."""

MAX_CACHED = 2_400
"""Entries of a cache at most: all scored hours of 200 languages."""

MAX_CACHED_DAYS = 400
"""Languages whose earlier days are cached: 200 today, and 200 for peaks of yesterday."""

MAX_CACHED_HASHTAGS = 10_000
"""Hashtags whose earlier days are cached, of all languages: 55 MB."""

Score = Callable[[Sequence[HourCounts], EarlierDays], list[Spike]]
"""Scores hours, newest first, with earlier days."""

Result = TypeVar("Result")
Key = TypeVar("Key")
Value = TypeVar("Value")

log = logging.getLogger(__name__)

# A thread of its own: a database that hangs blocks this thread and nothing else of the site.
_database_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rising")


class Finder:
    """Finds rising hashtags, with a cache."""

    def __init__(self) -> None:
        """Start with an empty cache."""
        self.clear()
        self._lock = asyncio.Lock()

    def clear(self) -> None:
        """Empty the cache."""
        self._days: dict[tuple[SourceLanguage, date], tuple[datetime, LanguageDays]] = {}
        self._hour_ends: dict[tuple[SourceLanguage, datetime], tuple[int, list[Spike]]] = {}
        self._older_hours: dict[SourceLanguage, tuple[datetime, list[int], HourCounts]] = {}
        self._minimums: dict[SourceLanguage, tuple[list[int], float]] = {}
        self._at_clock: dict[SourceLanguage, tuple[datetime, list[Spike]]] = {}
        self._database_paused_until: datetime | None = None

    async def find(
        self, redis: Redis, sources: Collection[str], languages: Collection[str], clock: datetime, now: datetime
    ) -> RisingHashtags:
        """Return what is rising in any of some languages, or of all (``*``), of some sources at their ``clock``.

        ``now`` is the processing time. Each language of each source is scored by itself, also for ``*``: in a sum, a
        language that starts would change the shares of all hashtags. Hashtags that are used together are one. The
        cache includes hidden hashtags; the result does not.

        Raises:
            RedisError, OSError: Redis is away.
        """
        async with self._lock:
            starts = hour_starts(clock)
            merge = Merge(clock)
            for source in sources:
                volumes = await read_volumes(redis, source, starts)
                for code in _active_languages(volumes) if ALL_LANGUAGES in languages else sorted(languages):
                    posts = [hour.get(code, 0) for hour in volumes]
                    moment = LanguageMoment(SourceLanguage(source, code), starts, posts, clock, now)
                    # A hashtag hidden in one language does not appear with that language, even among all languages.
                    await self._add(redis, merge, moment, hides_in((*languages, code), now))
            return await join_companions(redis, merge.result())

    async def usual_by_hour(
        self, redis: Redis, scope: SourceLanguage, keys: list[str], clock: datetime, now: datetime
    ) -> dict[str, list[float | None]]:
        """Return for each hashtag how many posts were usual in each of the last 24 hours, oldest first.

        Raises:
            RedisError, OSError: Redis is away.
        """
        async with self._lock:
            starts = hour_starts(clock)
            posts = [hour.get(scope.language, 0) for hour in await read_volumes(redis, scope.source, starts)]
            moment = LanguageMoment(scope, starts, posts, clock, now)
            hours = await read_hours(redis, scope, starts, posts, keys)
            days = await self._days_of(redis, moment, clock.date(), set(keys)) or EarlierDays(clock.date())
            return {key: usual_by_hour(hours, clock, days, key) for key in keys}

    async def _add(self, redis: Redis, merge: Merge, moment: LanguageMoment, hides: Hides | None) -> None:
        latest = _visible(await self._spikes_at_clock(redis, moment), hides)
        earlier = _visible(await self._earlier_spikes(redis, moment), hides)
        days = await self._earlier_days(redis, moment, moment.clock.date())
        merge.add(moment, latest, earlier, days.days_with_posts(moment.clock.hour))

    async def _spikes_at_clock(self, redis: Redis, moment: LanguageMoment) -> list[Spike]:
        """Return the spikes of about the last hour, from the cache while they are fresh."""
        known = self._at_clock.get(moment.scope)
        if known and known[0] <= moment.now < known[0] + FRESH:
            return known[1]
        minimum = await self._read_minimum(redis, moment)
        keys = await read_candidates(redis, moment.scope, moment.starts[:2], minimum)
        hours = await read_hours(redis, moment.scope, moment.starts[:2], moment.posts[:2], keys)
        hours.append(await self._read_older_hours(redis, moment, keys))
        spikes = await self._score(
            redis, moment, hours, lambda some, days: spikes_at_clock(some, moment.clock, days, minimum)
        )
        _remember(self._at_clock, moment.scope, (moment.now, spikes))
        return spikes

    async def _read_minimum(self, redis: Redis, moment: LanguageMoment) -> float:
        """Return the minimum count, from the hours before. They are read again when one of them has more posts."""
        known = self._minimums.get(moment.scope)
        if known is None or known[0] != moment.posts[1:]:
            known = moment.posts[1:], await read_minimum(redis, moment.scope, moment.starts[1:])
            _remember(self._minimums, moment.scope, known)
        return known[1]

    async def _read_older_hours(self, redis: Redis, moment: LanguageMoment, keys: list[str]) -> HourCounts:
        """Return the hours before the last two as one. They are read again when one of them has more posts."""
        starts, posts = moment.starts[2:], moment.posts[2:]
        known = self._older_hours.get(moment.scope)
        is_same = known is not None and (known[0], known[1]) == (starts[0], posts)
        hours = known[2] if known and is_same and len(known[2].posts.counts) < MAX_CACHED else None
        missing = [key for key in keys if key not in hours.posts.counts] if hours else keys
        if hours is None or missing:
            hours = merge_hours(await read_hours(redis, moment.scope, starts, posts, missing), missing, hours)
            _remember(self._older_hours, moment.scope, (starts[0], posts, hours))
        return hours

    async def _earlier_spikes(self, redis: Redis, moment: LanguageMoment) -> list[Spike]:
        """Return the spikes at the ends of earlier hours. An hour is scored again when it has more posts."""
        spikes: list[Spike] = []
        for ago in range(1, SCORED_HOUR_ENDS + 1):
            start, posts = moment.starts[ago], moment.posts[ago]
            if not posts:
                continue
            known = self._hour_ends.get((moment.scope, start))
            if known is None or known[0] != posts:
                known = posts, await self._score_hour_end(redis, moment, ago)
                _remember(self._hour_ends, (moment.scope, start), known)
            spikes += known[1]
        return spikes

    async def _score_hour_end(self, redis: Redis, moment: LanguageMoment, ago: int) -> list[Spike]:
        minimum = await read_minimum(redis, moment.scope, moment.starts[ago + 1 :])
        keys = await read_candidates(redis, moment.scope, moment.starts[ago : ago + 1], minimum)
        hours = await read_hours(redis, moment.scope, moment.starts[ago:], moment.posts[ago:], keys)
        return await self._score(redis, moment, hours, lambda some, days: spikes_at_hour_end(some, days, minimum))

    async def _score(
        self, redis: Redis, moment: LanguageMoment, hours: Sequence[HourCounts], score: Score
    ) -> list[Spike]:
        """Score hours with the days before. Their counts are read only for hashtags that would spike without."""
        before = hours[0].start.date()
        without = score(hours, (await self._earlier_days(redis, moment, before)).without_hashtags())
        keys = {spike.key for spike in without}
        if not keys:
            return []
        days = await self._days_of(redis, moment, before, keys)
        return score([hour.only(keys) for hour in hours], days) if days else without

    async def _days_of(self, redis: Redis, moment: LanguageMoment, before: date, keys: set[str]) -> EarlierDays | None:
        """Return the days before a date with the counts of some hashtags; None while the database is away."""
        earlier = await self._earlier_days(redis, moment, before)
        missing, yesterday = earlier.missing(keys), earlier.yesterday
        open_hours = await read_hours(redis, moment.scope, *yesterday[:2], missing) if yesterday and missing else []
        days = await self._query_database(moment.now, partial(earlier.with_hashtags, keys, open_hours))
        self._limit_cached_hashtags()
        return days

    async def _earlier_days(self, redis: Redis, moment: LanguageMoment, day: date) -> LanguageDays:
        """Return the days of a language before ``day``, read once an hour.

        For today, yesterday comes from Redis until the database has it. The day before that has expired in Redis.
        """
        hour = moment.now.replace(minute=0, second=0, microsecond=0)
        known = self._days.get((moment.scope, day))
        if known and known[0] == hour:
            return known[1]
        days = await self._query_database(moment.now, partial(read_days, *moment.scope, day))
        if days is None:
            return known[1] if known else LanguageDays(moment.scope.language, day, [])
        if day == moment.clock.date() and days.lack_yesterday:
            days.yesterday = await read_yesterday(redis, moment.scope, day)
        _remember(self._days, (moment.scope, day), (hour, days), MAX_CACHED_DAYS)
        return days

    def _limit_cached_hashtags(self) -> None:
        """Empty the oldest caches of hashtags' earlier days while they have too many in all."""
        total = sum(days.cached for _, days in self._days.values())
        for _, days in self._days.values():
            if total <= MAX_CACHED_HASHTAGS:
                return
            total -= days.cached
            days.clear()

    async def _query_database(self, now: datetime, query: Callable[[], Result]) -> Result | None:
        """Return the result of a database query, None while the database is away."""
        if self._database_paused_until and now < self._database_paused_until:
            return None
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(_database_thread, _run_and_close, query)
        except (DatabaseError, TimeoutError) as error:
            log.warning("The database is away, so rising hashtags are compared with the hours before alone: %r", error)
            self._database_paused_until = now + DATABASE_PAUSE
            return None


process_finder = Finder()
"""The finder of this process."""


def _run_and_close(query: Callable[[], Result]) -> Result:
    try:
        return query()
    finally:
        connection.close()


def _active_languages(volumes: HourVolumes) -> list[str]:
    """Return the languages that have posts in a scored hour."""
    return sorted({language for posts in volumes[: SCORED_HOUR_ENDS + 1] for language in posts})


def _visible(spikes: list[Spike], hides: Hides | None) -> list[Spike]:
    return [spike for spike in spikes if not hides(spike.key)] if hides else spikes


def _remember(cache: dict[Key, Value], key: Key, value: Value, most: int = MAX_CACHED) -> None:
    """Add an entry to a cache; when it is full, the oldest entry goes."""
    cache.pop(key, None)
    cache[key] = value
    if len(cache) > most:
        del cache[next(iter(cache))]
