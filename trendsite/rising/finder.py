"""Looks for what is unusual: reads Redis and the database for each language, and remembers what was worked out.

Everything remembered can be worked out again from these two, so all processes find the same.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import NamedTuple, TypeVar

from django.db import DatabaseError, connection
from redis.asyncio import Redis

from contract.language import ALL_LANGUAGES
from trendsite.live.hidden_now import hides_in
from trendsite.rising.earlier_days import LanguageDays, read_days
from trendsite.rising.hours import Of, Volumes, hours_until, read_candidates, read_hours, read_volumes
from trendsite.rising.moments import ENDS, CountedHour, EarlierDays, as_one, at_clock, at_end
from trendsite.rising.unusual import Unusual, peaks

FRESH = timedelta(seconds=2)
"""How long what was found at the stream's clock is given to whoever asks, so that asking often costs nothing."""

DATABASE_SECONDS = 5.0
"""Within which the database must answer: without it, hours are compared with the hours before alone."""

DATABASE_AWAY = timedelta(seconds=30)
"""How long the database is left alone once it did not answer."""

MOST_KEPT = 2_400
"""How many hours, and days of languages, are remembered at most: all hours that are looked at, of 200 languages."""

Answer = TypeVar("Answer")
Key = TypeVar("Key")
Value = TypeVar("Value")

log = logging.getLogger(__name__)

# One thread of our own: a database that hangs holds up this thread and nothing else of the site.
_database_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rising")


class Riser(NamedTuple):
    """A hashtag at its peak, and the language in which it is most unusual."""

    language: str
    peak: Unusual


@dataclass(frozen=True)
class Found:
    """What is rising, most unusual first; with this hour of so many days, and so many hours before, it was compared.

    Of several languages it is the most that one of them has.
    """

    risers: list[Riser]
    days: int
    hours: int


@dataclass(frozen=True)
class _Language:
    """One language at one moment of the stream: its hours, newest first, when they began and all their posts.

    ``now`` is the processing time.
    """

    of: Of
    starts: Sequence[datetime]
    posts: list[int]
    now: datetime


class Finder:
    """What one process has found so far."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.forget()
        self._lock = asyncio.Lock()

    def forget(self) -> None:
        """Look at everything again at the next question."""
        self._days: dict[tuple[Of, date], tuple[datetime, LanguageDays]] = {}
        self._ends: dict[tuple[Of, datetime], tuple[int, list[Unusual]]] = {}
        self._befores: dict[Of, tuple[datetime, list[int], CountedHour]] = {}
        self._latest: dict[Of, tuple[datetime, list[Unusual]]] = {}
        self._database_away_until: datetime | None = None

    async def find(
        self, redis: Redis, source: str, languages: Collection[str], clock: datetime, now: datetime
    ) -> Found:
        """Return what is rising in any of some languages, or of all (``*``), at the stream's ``clock``.

        ``now`` is the processing time. All languages together are never looked at as one: switching another one on
        would change the shares of all hashtags. What is hidden is left out here, and remembered like the rest.

        Raises:
            RedisError, OSError: Redis is away.
        """
        async with self._lock:
            starts = hours_until(clock)
            volumes = await read_volumes(redis, source, starts)
            best: dict[str, Riser] = {}
            days = hours = 0
            for code in _every(volumes) if ALL_LANGUAGES in languages else sorted(languages):
                language = _Language(Of(source, code), starts, [posts.get(code, 0) for posts in volumes], now)
                # Nothing is told of a language in which it is hidden, even where all are looked at.
                hides = hides_in((*languages, code), now)
                for key, peak in peaks(await self._unusual(redis, language, clock), clock).items():
                    if hides and hides(key):
                        continue
                    if key not in best or peak.left(clock) > best[key].peak.left(clock):
                        best[key] = Riser(code, peak)
                hours = max(hours, sum(posts > 0 for posts in language.posts[1:]))
                days = max(days, (await self._earlier(language, clock.date())).in_hour(clock.hour))
        risers = sorted(best.values(), key=lambda riser: (-riser.peak.left(clock), riser.peak.key))
        return Found(risers, days, hours)

    async def _unusual(self, redis: Redis, language: _Language, clock: datetime) -> list[Unusual]:
        found = list(await self._at_clock(redis, language, clock))
        for ago in range(1, ENDS + 1):
            if language.posts[ago]:
                found += await self._at_end(redis, language, ago)
        return found

    async def _at_clock(self, redis: Redis, language: _Language, clock: datetime) -> list[Unusual]:
        known = self._latest.get(language.of)
        if known and known[0] <= language.now < known[0] + FRESH:
            return known[1]
        keys = await read_candidates(redis, language.of, language.starts[:2])
        hours = await read_hours(redis, language.of, language.starts[:2], language.posts[:2], keys)
        hours.append(await self._older(redis, language, keys))
        found = await self._compared(language, clock.date(), lambda days: at_clock(hours, clock, days))
        _keep(self._latest, language.of, (language.now, found))
        return found

    async def _older(self, redis: Redis, language: _Language, keys: list[str]) -> CountedHour:
        """Return the hours before those that are seen, as one; they are read again when one of them has more posts."""
        starts, posts = language.starts[2:], language.posts[2:]
        known = self._befores.get(language.of)
        is_same = known is not None and (known[0], known[1]) == (starts[0], posts)
        before = known[2] if known and is_same and len(known[2].posts.counts) < MOST_KEPT else None
        missing = [key for key in keys if key not in before.posts.counts] if before else keys
        if before is None or missing:
            before = as_one(await read_hours(redis, language.of, starts, posts, missing), missing, before)
            _keep(self._befores, language.of, (starts[0], posts, before))
        return before

    async def _at_end(self, redis: Redis, language: _Language, ago: int) -> list[Unusual]:
        """Look at an hour that is over, again only when more of its posts came."""
        start, posts = language.starts[ago], language.posts[ago]
        known = self._ends.get((language.of, start))
        if known and known[0] == posts:
            return known[1]
        keys = await read_candidates(redis, language.of, language.starts[ago : ago + 1])
        hours = await read_hours(redis, language.of, language.starts[ago:], language.posts[ago:], keys)
        found = await self._compared(language, start.date(), lambda days: at_end(hours, days))
        _keep(self._ends, (language.of, start), (posts, found))
        return found

    async def _compared(
        self, language: _Language, day: date, look: Callable[[EarlierDays], list[Unusual]]
    ) -> list[Unusual]:
        """Look with the days before ``day``, of which only those hashtags are read that would be unusual without."""
        earlier = await self._earlier(language, day)
        keys = {one.key for one in look(earlier.without_hashtags())}
        if not keys:
            return []
        days = await self._ask_database(language.now, partial(earlier.of, keys))
        return [one for one in look(days or earlier.without_hashtags()) if one.key in keys]

    async def _earlier(self, language: _Language, day: date) -> LanguageDays:
        """Return the days of a language before ``day``, read once an hour."""
        hour = language.now.replace(minute=0, second=0, microsecond=0)
        known = self._days.get((language.of, day))
        if known and known[0] == hour:
            return known[1]
        days = await self._ask_database(language.now, partial(read_days, language.of.source, language.of.language, day))
        if days is None:
            return known[1] if known else LanguageDays(language.of.language, [])
        _keep(self._days, (language.of, day), (hour, days))
        return days

    async def _ask_database(self, now: datetime, question: Callable[[], Answer]) -> Answer | None:
        """Return what the database says, None while it is away."""
        if self._database_away_until and now < self._database_away_until:
            return None
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(_database_thread, _asked, question)
        except (DatabaseError, TimeoutError) as error:
            log.warning("Rising hashtags are compared with the hours before alone: the database is away: %r", error)
            self._database_away_until = now + DATABASE_AWAY
            return None


of_this_process = Finder()


def _asked(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    finally:
        connection.close()


def _every(volumes: Volumes) -> list[str]:
    """Return the languages that have posts in an hour that is looked at."""
    return sorted({language for posts in volumes[: ENDS + 1] for language in posts})


def _keep(kept: dict[Key, Value], key: Key, value: Value) -> None:
    """Remember something in place of what has been remembered for longest."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]
