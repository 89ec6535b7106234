"""One day as a whole: its languages, its hours and its gaps, of one source or of several networks together.

An archived day comes from the database, an open one from Redis.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from asgiref.sync import sync_to_async
from msgspec.structs import asdict
from redis.asyncio import Redis

from contract.gap import Gap
from trendsite.archive.models import Day, hours_of_all
from trendsite.queries.archived_rankings import add_up_authors
from trendsite.queries.groups import DayGroup
from trendsite.queries.known_gaps import read_known_gaps
from trendsite.queries.minutes import (
    UNKNOWN,
    Minutes,
    Stretch,
    add_up_hours,
    clock_time,
    first_post,
    gaps,
    known_hours,
    read_minutes,
    shared_gaps,
)
from trendsite.queries.past_days import ListedDay, Winner, of_several, read_listed_day
from trendsite.queries.rankings import read_posts_by_language
from trendsite.sources import joined


class LanguageOfDay(msgspec.Struct):
    """A day in one language, ``*`` for all: posts with or without hashtags, estimated authors, distinct hashtags.

    ``hours`` are the posts of the 24 UTC hours, None for an hour in which nothing was collected. An open day has posts
    only; its other fields are None.
    """

    language: str
    posts: int
    authors: int | None = None
    hashtags: int | None = None
    hours: list[int | None] | None = None


class DayOfSource(msgspec.Struct):
    """What one source added to a day, and its gaps, as in OneDay."""

    source: str
    posts: int
    final: bool
    first_post: str | None
    gaps: list[Stretch]
    known_gaps: list[Gap]


class OneDay(ListedDay, kw_only=True):
    """A day of a source, or of several networks, with its languages, most posts first.

    ``gaps`` (from, until; ``24:00`` is the end of the day) are whole minutes without a post, after ``first_post``, the
    minute of the day's first post, None if unknown. Of several networks they are those in which none had a post;
    ``by_source``, absent for one source, has the gaps of each. ``known_gaps`` are times of which the source knows that
    posts are missing. ``archived_at`` is when the last of the networks was archived.
    """

    archived_at: datetime | None
    gaps: list[Stretch]
    languages: list[LanguageOfDay]
    first_post: str | None = None
    known_gaps: list[Gap] = msgspec.field(default_factory=list)
    by_source: list[DayOfSource] | msgspec.UnsetType = msgspec.UNSET


async def read_day(redis: Redis | None, group: DayGroup) -> OneDay | None:
    """Return a date of some sources, added up; None if none has it. Without Redis it is of those that are archived.

    Raises:
        RedisError, OSError: Redis is away.
    """
    days = [await _read_one(redis, DayGroup(group.day, (name,))) for name in group.archived]
    if redis:
        days += [await _read_one(redis, DayGroup(group.day, (), (name,))) for name in group.open]
    found = [day for day in days if day]
    known = await read_known_gaps(redis, group)
    for day in found:
        day.known_gaps = known.get(day.source, [])
    if len(found) < 2:
        return next(iter(found), None)
    listed = await read_listed_day(redis, group)
    return add_up_days(found, listed.winner if listed else None)


async def _read_one(redis: Redis | None, group: DayGroup) -> OneDay | None:
    """Return the day of a group of one source."""
    listed = await read_listed_day(redis, group)
    if listed is None or group.is_final:
        return await sync_to_async(_archived)(listed) if listed else None
    if redis is None:
        return None
    of_day = group.of_source(group.source)
    posts = await read_posts_by_language(redis, of_day)
    languages = [LanguageOfDay(*counted) for counted in posts.items()]
    return _one_day(listed, None, await read_minutes(redis, of_day), languages)


def _archived(listed: ListedDay) -> OneDay:
    row = Day.objects.get(source=listed.source, date=listed.date)
    columns = ("language", "posts", "authors", "hashtags", "hours")
    of_all = hours_of_all(row)
    languages = [
        LanguageOfDay(language, posts, authors, hashtags, None if hours is None else known_hours(hours, of_all))
        for language, posts, authors, hashtags, hours in row.languages.values_list(*columns)
    ]
    return _one_day(listed, row.archived_at, row.minutes or UNKNOWN, languages)


def _one_day(
    listed: ListedDay, archived_at: datetime | None, minutes: Minutes, languages: list[LanguageOfDay]
) -> OneDay:
    in_words = [(clock_time(first), clock_time(end)) for first, end in gaps(minutes)]
    begin = first_post(minutes)
    return OneDay(
        **asdict(listed),
        archived_at=archived_at,
        gaps=in_words,
        languages=languages,
        first_post=None if begin is None else clock_time(begin),
    )


def add_up_days(days: Sequence[OneDay], winner: Winner | None) -> OneDay:
    """Return one day of several networks' days of one date; ``winner`` is that of all together."""
    if len(days) == 1:
        return days[0]
    in_order = sorted(days, key=lambda day: day.source)
    final = all(day.final for day in in_order)
    merged = OneDay(
        date=in_order[0].date,
        source=joined(day.source for day in in_order),
        posts=sum(day.posts for day in in_order),
        final=final,
        winner=winner,
        archived_at=max(day.archived_at for day in in_order if day.archived_at) if final else None,
        gaps=shared_gaps((day.first_post, day.gaps) for day in in_order),
        languages=_add_up_languages([language for day in in_order for language in day.languages]),
        first_post=min((day.first_post for day in in_order if day.first_post), default=None),
        by_source=[
            DayOfSource(day.source, day.posts, day.final, day.first_post, day.gaps, day.known_gaps) for day in in_order
        ],
    )
    return of_several(merged, {day.source: day.posts for day in in_order})


def _add_up_languages(languages: Iterable[LanguageOfDay]) -> list[LanguageOfDay]:
    by_code: dict[str, list[LanguageOfDay]] = {}
    for language in languages:
        by_code.setdefault(language.language, []).append(language)
    merged = [_add_up_language(of_code) if len(of_code) > 1 else of_code[0] for of_code in by_code.values()]
    return sorted(merged, key=lambda language: (-language.posts, language.language))


def _add_up_language(of_each: Sequence[LanguageOfDay]) -> LanguageOfDay:
    """Add up one language of several networks. Authors of different networks are different accounts."""
    hours = [language.hours for language in of_each if language.hours is not None]
    return LanguageOfDay(
        of_each[0].language,
        sum(language.posts for language in of_each),
        add_up_authors([language.authors for language in of_each]),
        None,
        add_up_hours(hours) if len(hours) == len(of_each) else None,
    )
