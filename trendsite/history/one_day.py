"""One day as a whole: its totals by language and hour and the gaps in its input, archived or still open."""

from datetime import date, datetime, timedelta

import msgspec
from asgiref.sync import sync_to_async
from msgspec.structs import asdict
from redis.asyncio import Redis

from trendsite.history.days import ListedDay, list_archived_days, list_open_days
from trendsite.history.models import Day
from trendsite.live.minutes import UNKNOWN, Minutes, clock_time, gaps, read_minutes
from trendsite.live.pipeline import Shown
from trendsite.live.rankings import is_held, read_posts_by_language


class LanguageOfDay(msgspec.Struct):
    """A day in one language, ``*`` for all: its posts, tagged or not, about how many authors, distinct hashtags.

    ``hours`` are the posts of the 24 UTC hours. What is known of an archived day alone is None of an open one.
    """

    language: str
    posts: int
    authors: int | None = None
    hashtags: int | None = None
    hours: list[int] | None = None


class OneDay(ListedDay):
    """A day of a source: all its posts, its winner, its languages, most posts first.

    ``gaps`` (from, until; ``24:00`` is the day's end) are whole minutes without any post.
    """

    archived_at: datetime | None
    gaps: list[tuple[str, str]]
    languages: list[LanguageOfDay]


async def read_archived_day(of_day: Shown) -> OneDay | None:
    """Return an archived day, None for one that is not."""
    # There is no day after the last that a calendar has.
    before = of_day.day + timedelta(days=1) if of_day.day < date.max else None
    listed = await list_archived_days(of_day.source, before, 1)
    if not listed or listed[0].date != of_day.day:
        return None
    return await sync_to_async(_archived)(listed[0])


async def read_open_day(redis: Redis, of_day: Shown) -> OneDay | None:
    """Return what Redis holds of a day, None where it holds nothing.

    Raises:
        RedisError, OSError: Redis is away.
    """
    if not await is_held(redis, of_day):
        return None
    listed, *_earlier = await list_open_days(redis, of_day)
    posts = await read_posts_by_language(redis, of_day)
    languages = [LanguageOfDay(*counted) for counted in posts.items()]
    return _whole(listed, None, await read_minutes(redis, of_day), languages)


def _archived(listed: ListedDay) -> OneDay:
    row = Day.objects.get(source=listed.source, date=listed.date)
    columns = ("language", "posts", "authors", "hashtags", "hours")
    languages = [LanguageOfDay(*told) for told in row.languages.values_list(*columns)]
    return _whole(listed, row.archived_at, row.minutes or UNKNOWN, languages)


def _whole(listed: ListedDay, archived_at: datetime | None, minutes: Minutes, told: list[LanguageOfDay]) -> OneDay:
    in_words = [(clock_time(first), clock_time(end)) for first, end in gaps(minutes)]
    return OneDay(**asdict(listed), archived_at=archived_at, gaps=in_words, languages=told)
