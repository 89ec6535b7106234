"""The posts of a few hashtags on one date of one source: the pieces that a comparison adds up.

Archived dates come from the database, all of them with four queries; open ones from Redis.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from redis.asyncio import Redis

from contract import redis_names
from contract.closed_day import HOURS
from contract.language import ALL_LANGUAGES
from trendsite.archive.models import STORED_RANKS, Day, DayCount, DayLanguage
from trendsite.queries.hashtag_day import HashtagDay, may_be_left_out_of_redis, read_hashtag_day
from trendsite.queries.pipeline_status import SourceDay
from trendsite.queries.rankings import read_posts_by_language


class Bounds(NamedTuple):
    """Posts between ``low`` and ``high``; ``high`` is None where nothing is known. Equal bounds are the posts."""

    low: int
    high: int | None

    @property
    def posts(self) -> int | None:
        """The posts, None if they are not known exactly."""
        return self.low if self.low == self.high else None

    @property
    def at_most(self) -> int | None:
        """The most posts there can be, None if the posts are known, or nothing at all."""
        return None if self.low == self.high else self.high


UNKNOWN = Bounds(0, None)


@dataclass(frozen=True)
class Part:
    """Some hashtags on one date of one source, as a single number or as 24 hours.

    ``totals`` are all posts of the chosen languages, with or without a hashtag, None where nothing was collected.
    ``counts`` has the bounds of each key, ``spellings`` the spelling of each that was found.
    """

    day: date
    totals: list[int | None]
    counts: dict[str, list[Bounds]]
    spellings: dict[str, str]
    is_final: bool = True


def exactly(posts: int | None) -> Bounds:
    """Return the bounds of a number, which None does not know."""
    return UNKNOWN if posts is None else Bounds(posts, posts)


def sum_of_languages(bounds: Iterable[Bounds]) -> Bounds:
    """Add up languages: without one of them nothing is known."""
    low, high = 0, 0
    for one in bounds:
        if one.high is None:
            return UNKNOWN
        low, high = low + one.low, high + one.high
    return Bounds(low, high)


def sum_of_networks(bounds: Iterable[Bounds]) -> Bounds:
    """Add up networks: what is known of none of them is unknown."""
    known = [one for one in bounds if one.high is not None]
    return sum_of_languages(known) if known else UNKNOWN


def archived_parts(
    rows: Sequence[Day], keys: Collection[str], languages: Sequence[str], *, by_hour: bool
) -> list[Part]:
    """Return the parts of archived dates. The number of queries does not depend on the number of dates."""
    ids = [row.pk for row in rows]
    codes = {*languages, ALL_LANGUAGES} if by_hour else {*languages}
    totals: dict[int, dict[str, DayLanguage]] = defaultdict(dict)
    of_languages = DayLanguage.objects.filter(day__in=ids, language__in=codes)
    for total in of_languages if by_hour else of_languages.defer("hours"):
        totals[total.day_id][total.language] = total
    counted = DayCount.objects.filter(key__in=keys, language__in=languages, day__in=ids).defer("hour_authors")
    found: dict[tuple[int, str, str], DayCount] = {
        (count.day_id, count.key, count.language): count for count in (counted if by_hour else counted.defer("hours"))
    }
    last_places = DayCount.objects.filter(day__in=ids, language__in=languages, rank=STORED_RANKS)
    floors = {(day, language): posts for day, language, posts in last_places.values_list("day", "language", "posts")}
    return [
        _archived_part(_Archived(row, totals[row.pk], found, floors, languages, by_hour), keys)
        for row in rows
        if row.pk in totals
    ]


@dataclass(frozen=True)
class _Archived:
    """What the database has of a date of a source: totals by language, counts, and posts of each last stored place."""

    row: Day
    totals: Mapping[str, DayLanguage]
    found: Mapping[tuple[int, str, str], DayCount]
    floors: Mapping[tuple[int, str], int]
    languages: Sequence[str]
    by_hour: bool

    @property
    def collected(self) -> list[int]:
        """More than 0 for each hour, or for the whole day, with a post in any language."""
        if not self.by_hour:
            return [1]
        of_all = self.totals.get(ALL_LANGUAGES)
        return (of_all.hours if of_all else None) or [1] * HOURS

    def total(self) -> list[int | None]:
        """Return all posts of the languages."""
        there = [self.totals[code] for code in self.languages if code in self.totals]
        if not self.by_hour:
            return [sum(total.posts for total in there)] if there else [None]
        known = [total.hours for total in there if total.hours]
        if not there or len(known) < len(there):
            return [None] * HOURS
        return [sum(hour) if collected else None for collected, *hour in zip(self.collected, *known, strict=True)]

    def bounds(self, key: str, language: str) -> list[Bounds]:
        """Return the bounds of a hashtag in a language that had posts."""
        width = HOURS if self.by_hour else 1
        count = self.found.get((self.row.pk, key, language))
        if count is None:
            is_whole = self.totals[language].hashtags <= STORED_RANKS
            return [Bounds(0, 0 if is_whole else self.floors.get((self.row.pk, language)))] * width
        if not self.by_hour:
            return [exactly(count.posts)]
        return [exactly(posts) for posts in count.hours or [None] * HOURS]


def _archived_part(archived: _Archived, keys: Collection[str]) -> Part:
    there = [code for code in archived.languages if code in archived.totals]
    counts, spellings = {}, {}
    for key in keys:
        of_each = zip(*(archived.bounds(key, code) for code in there), strict=True)
        summed = [sum_of_languages(of_time) for of_time in of_each] or [UNKNOWN] * len(archived.collected)
        counts[key] = [
            bounds if collected else UNKNOWN for bounds, collected in zip(summed, archived.collected, strict=True)
        ]
        in_languages = (archived.found.get((archived.row.pk, key, code)) for code in there)
        of_most = max(filter(None, in_languages), key=lambda count: count.posts, default=None)
        if of_most:
            spellings[key] = of_most.hashtag
    return Part(archived.row.date, archived.total(), counts, spellings)


async def read_open_part(
    redis: Redis, of_day: SourceDay, keys: Collection[str], languages: tuple[str, ...], *, by_hour: bool
) -> Part:
    """Return the part of a date that is not archived.

    Raises:
        RedisError, OSError: Redis is away.
    """
    totals = await (_hours_of(redis, of_day, languages) if by_hour else _posts_of(redis, of_day, languages))
    may_be_left_out = await may_be_left_out_of_redis(redis, of_day, languages)
    counts, spellings = {}, {}
    for key in keys:
        found = await read_hashtag_day(redis, of_day, key, languages)
        if found:
            counts[key] = _open_bounds(found, by_hour=by_hour)
            spellings[key] = found.hashtag
        else:
            counts[key] = [UNKNOWN if total is None or may_be_left_out else Bounds(0, 0) for total in totals]
    return Part(of_day.day, totals, counts, spellings, is_final=False)


def _open_bounds(found: HashtagDay, *, by_hour: bool) -> list[Bounds]:
    return [exactly(posts) for posts in (found.hours if by_hour else [found.posts])]


async def _posts_of(redis: Redis, of_day: SourceDay, languages: Sequence[str]) -> list[int | None]:
    posts = await read_posts_by_language(redis, of_day)
    there = [posts[code] for code in languages if code in posts]
    return [sum(there) if there else None]


async def _hours_of(redis: Redis, of_day: SourceDay, languages: Sequence[str]) -> list[int | None]:
    """Return all posts of each hour; None for an hour without any, to come, or no longer in Redis."""
    pipeline = redis.pipeline(transaction=False)
    for hour in range(HOURS):
        name = redis_names.hour_posts(of_day.source, of_day.day, hour)
        pipeline.zscore(name, ALL_LANGUAGES)
        for language in languages:
            pipeline.zscore(name, language)
    scores = await pipeline.execute()
    width = 1 + len(languages)
    hours = (scores[at : at + width] for at in range(0, len(scores), width))
    return [int(sum(score or 0 for score in of_each)) if of_all else None for of_all, *of_each in hours]
